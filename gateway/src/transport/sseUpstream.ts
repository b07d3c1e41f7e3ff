import type { Running } from '@tributary/runtime'
import { Agent } from 'undici'
import { createEventStreamReader, type ServerSentEvent } from './EventStreamReader.ts'
import { postSubscription } from './postSubscription.ts'
import { readRefusal } from './readRefusal.ts'
import type { Upstream, UpstreamEnd, UpstreamEvent, UpstreamRequest, UpstreamStream } from './Upstream.ts'
import { defaultUpstreamLimits } from './UpstreamLimits.ts'
import type { UpstreamOptions } from './UpstreamOptions.ts'
import { createUpstreamBuffer } from './upstreamBuffer.ts'
import {
  lossOf,
  malformedOf,
  overflowOf,
  stoppingOf,
  timeoutOf,
  tooLargeOf,
  unreachableOf,
  unreachableStream,
} from './upstreamFailure.ts'
import { readUpstreamNext } from './upstreamMessages.ts'

/**
 * Subscribes at subgraphs by GraphQL over SSE, distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): a signed POST and a connection for each stream. A client has no way to ping: a server
 * that writes nothing, not even a comment, for two ping intervals is lost.
 */
export function createSseUpstream(options: UpstreamOptions): Upstream & Running {
  const limits = { ...defaultUpstreamLimits, ...options.limits }
  const dispatcher = new Agent({ connectTimeout: limits.connectTimeoutMs })
  /** What ends each open stream, as the gateway stops. */
  const open = new Map<(end: UpstreamEnd) => void, string>()
  let stopping: Promise<void> | undefined
  return {
    subscribe(request) {
      const address = options.subgraphs(request.subgraph)
      return stopping || !address ? unreachableStream(request.subgraph) : begin(request, address.url)
    },
    counts: () => ({ sockets: open.size, streams: open.size }),
    stop() {
      for (const [end, subgraph] of [...open]) end(stoppingOf(subgraph))
      stopping ??= dispatcher.destroy()
      return stopping
    },
  }

  function begin(request: UpstreamRequest, url: string): UpstreamStream {
    const { subgraph } = request
    const connection = new AbortController()
    const buffer = createUpstreamBuffer({
      maxEvents: limits.maxBufferedEvents,
      maxBytes: limits.maxBufferedBytes,
      onStop: release,
    })
    let deadline = setTimeout(() => end(timeoutOf(subgraph)), limits.connectTimeoutMs)
    open.set(end, subgraph)
    read().catch((error: unknown) => {
      if (!open.has(end)) return
      options.log.warn({ err: error, subgraph }, 'upstream event stream lost')
      end(lossOf(subgraph))
    })
    return buffer.stream

    async function read(): Promise<void> {
      const response = await post()
      if (!response) return
      // Left at this very moment: the rest of it is given up, and says so.
      response.body.on('error', () => {})
      if (!open.has(end)) return
      const { statusCode, headers, body } = response
      if (statusCode !== 200 || !/^text\/event-stream\s*(;|$)/i.test(String(headers['content-type'] ?? ''))) {
        return end(await readRefusal(response, subgraph))
      }
      clearTimeout(deadline)
      deadline = setTimeout(() => {
        options.log.warn({ subgraph, reason: 'silence' }, 'upstream event stream lost')
        end(lossOf(subgraph))
      }, 2 * limits.pingIntervalMs)
      const reader = createEventStreamReader({ maxEventLength: limits.maxMessageBytes })
      for await (const chunk of body) {
        deadline.refresh()
        const events = reader.read(chunk)
        for (const event of events ?? []) take(event)
        if (!events) end(tooLargeOf(subgraph, limits.maxMessageBytes))
        if (!open.has(end)) return
      }
      options.log.warn({ subgraph, reason: 'ended without `complete`' }, 'upstream event stream lost')
      end(lossOf(subgraph))
    }

    async function post() {
      try {
        const { secret } = options
        // graphql-sse takes this and nothing else.
        const accept = 'text/event-stream'
        return await postSubscription({ request, url, accept, secret, dispatcher, signal: connection.signal })
      } catch (error) {
        if (!open.has(end)) return undefined
        options.log.warn({ err: error, subgraph }, 'upstream event stream cannot be opened')
        end(unreachableOf(subgraph))
        return undefined
      }
    }

    function take({ event, data }: ServerSentEvent): void {
      if (!open.has(end) || (event !== 'next' && event !== 'complete')) return
      const taken: UpstreamEvent = event === 'next' ? readNext(data, subgraph) : { kind: 'complete' }
      if (taken.kind !== 'event') end(taken)
      else if (!buffer.push(taken.result, Buffer.byteLength(data))) end(overflowOf(subgraph))
    }

    function end(why: UpstreamEnd): void {
      release()
      buffer.end(why)
    }

    /** Closes the connection: by that a server knows that nobody listens. */
    function release(): void {
      if (!open.delete(end)) return
      clearTimeout(deadline)
      connection.abort()
    }
  }
}

function readNext(data: string, subgraph: string): UpstreamEvent {
  try {
    return readUpstreamNext(JSON.parse(data), subgraph)
  } catch {
    return malformedOf(subgraph)
  }
}
