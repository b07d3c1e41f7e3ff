import type { Running } from '@tributary/runtime'
import { type CallbackUpstreamOptions, createCallbackUpstream } from './callbackUpstream.ts'
import type { ReceiveCallback } from './receiveCallback.ts'
import { createSseUpstream } from './sseUpstream.ts'
import type { Upstream } from './Upstream.ts'
import { createWebSocketUpstream } from './webSocketUpstream.ts'

/** How a subgraph speaks of subscriptions: graphql-transport-ws, GraphQL over SSE, or Apollo's HTTP callback protocol. */
export type StreamProtocol = 'ws' | 'sse' | 'callback'

export type UpstreamsOptions = CallbackUpstreamOptions & {
  protocolOf(subgraph: string): StreamProtocol
}

/** The ways to all subgraphs' subscriptions as one {@link Upstream}, each subgraph by its protocol. `receive` is for those that call back. */
export function createUpstreams(options: UpstreamsOptions): Upstream & Running & { receive: ReceiveCallback } {
  const callback = createCallbackUpstream(options)
  const byProtocol = {
    ws: createWebSocketUpstream(options),
    sse: createSseUpstream(options),
    callback,
  } satisfies Record<StreamProtocol, Upstream & Running>
  const all = Object.values(byProtocol)
  return {
    subscribe: (request) => byProtocol[options.protocolOf(request.subgraph)].subscribe(request),
    receive: callback.receive,
    counts() {
      const counts = all.map((upstream) => upstream.counts())
      return {
        sockets: counts.reduce((sum, { sockets }) => sum + sockets, 0),
        streams: counts.reduce((sum, { streams }) => sum + streams, 0),
      }
    },
    stop: async () => void (await Promise.all(all.map((upstream) => upstream.stop()))),
  }
}
