import type { Running } from '@tributary/runtime'
import { identityHeader, signIdentity } from '@tributary/runtime/identity'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { Upstream, UpstreamRequest } from './Upstream.ts'
import { defaultUpstreamLimits } from './UpstreamLimits.ts'
import type { UpstreamOptions } from './UpstreamOptions.ts'
import { unreachableStream } from './upstreamFailure.ts'
import { openUpstreamSocket, type UpstreamSocket } from './upstreamSocket.ts'

/** Headers that differ from request to request: they neither split sockets nor may be said once for all streams of one. */
const perRequestHeaders = new Set(['traceparent', 'tracestate', 'baggage', 'x-request-id'])

/**
 * Subscribes at subgraphs over graphql-transport-ws. All streams of one identity (with the same forwarded headers) to one
 * subgraph share one socket, opened for the first and closed with the last. The signed identity is in `connection_init`'s payload.
 */
export function createWebSocketUpstream(options: UpstreamOptions): Upstream & Running {
  const limits = { ...defaultUpstreamLimits, ...options.limits }
  const sockets = new Map<string, UpstreamSocket>()
  /** Sockets without streams whose closing handshake still runs. */
  const closing = new Set<Promise<void>>()
  let isStopped = false
  return {
    subscribe(request) {
      const address = options.subgraphs(request.subgraph)
      if (isStopped || !address) return unreachableStream(request.subgraph)
      try {
        return socketFor(request, webSocketUrl(address.url)).subscribe({
          query: request.query,
          variables: request.variables,
          ...traceOf(request.context),
        })
      } catch (error) {
        options.log.error({ err: error, subgraph: request.subgraph }, 'no socket can be made for this URL')
        return unreachableStream(request.subgraph)
      }
    },
    counts() {
      let streams = 0
      for (const socket of sockets.values()) streams += socket.streamCount()
      return { sockets: sockets.size, streams }
    },
    async stop() {
      isStopped = true
      await Promise.all([...[...sockets.values()].map((socket) => socket.stop()), ...closing])
    },
  }

  function socketFor({ subgraph, context }: UpstreamRequest, url: string): UpstreamSocket {
    const headers = sharedHeaders(context)
    const { identity } = context
    const key = JSON.stringify([subgraph, url, identity?.userId, identity?.scopes, Object.entries(headers).sort()])
    const present = sockets.get(key)
    if (present) return present
    const socket = openUpstreamSocket({
      subgraph,
      url,
      headers,
      connectionParams: () => ({
        ...headers,
        ...(options.secret !== undefined && { [identityHeader]: signIdentity(identity, '', options.secret) }),
      }),
      limits,
      log: options.log,
      onEnd() {
        sockets.delete(key)
        const closed: Promise<void> = socket.stop().then(() => void closing.delete(closed))
        closing.add(closed)
      },
    })
    sockets.set(key, socket)
    return socket
  }
}

function sharedHeaders(context: RequestContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context.headers).filter(([name]) => !perRequestHeaders.has(name) && name !== identityHeader),
  )
}

/** The trace context of one stream, where graphql-transport-ws has room for it. */
function traceOf({ headers }: RequestContext): { extensions?: Record<string, unknown> } {
  return headers.traceparent === undefined ? {} : { extensions: { traceparent: headers.traceparent } }
}

function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws')
}
