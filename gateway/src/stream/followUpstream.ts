import { type RequestContext, withSignal } from '../executor/RequestContext.ts'
import type { CompiledSubscription, ExecuteRequest, PrimaryRequest } from '../operation/CompiledOperation.ts'
import type { Upstream, UpstreamStream } from '../transport/Upstream.ts'
import { completeInOrder, type StreamEnd } from './completeInOrder.ts'
import type { EventStream, StreamResult } from './EventStream.ts'
import { resumeStream } from './resumeStream.ts'
import type { StreamLimits } from './StreamLimits.ts'
import { writeFailure, writeResult } from './writeResult.ts'

/** What a client has subscribed to, ready to be opened, as often as it must be. */
export type Subscription = Omit<ExecuteRequest, 'context'> & {
  operation: CompiledSubscription
  primary: Extract<PrimaryRequest, { kind: 'request' }>
}

/**
 * Subscribes upstream, completes what comes and gives it in order: everything that a stream does which no other joins. `behind` is the last `seq` that
 * its reader has had already.
 */
export function followUpstream(options: {
  subscription: Subscription
  context: RequestContext
  upstream: Upstream
  limits: StreamLimits
  behind?: number | undefined
  /** Told of each event that has come, before it is completed. */
  onEvent?(): void
  onLoss?(isLost: boolean): void
  onEnd?(end: StreamEnd): void
}): EventStream {
  const { subscription, context, upstream, limits, behind, onLoss, onEnd } = options
  const { operation, primary, variables, transport } = subscription
  const { subgraph, cursor } = operation.primary
  return completeInOrder({
    source: subscribe(),
    complete: (event, signal) => {
      options.onEvent?.()
      const seq = cursor && event.data ? cursor.read(event.data) : undefined
      return operation
        .completeEvent(event, { variables, transport, context: withSignal(context, signal) })
        .then(writeResult)
        .catch(writeFailure)
        .then((result): StreamResult => (seq === undefined ? result : { ...result, seq }))
    },
    maxInFlight: limits.maxEventsInFlight,
    eventTimeoutMs: limits.eventTimeoutMs,
    ...(onEnd && { onEnd }),
  })

  function subscribe(): UpstreamStream {
    const request = { subgraph, query: primary.query, variables: primary.variables, context }
    if (!cursor) return upstream.subscribe(request)
    const { resumeTimeoutMs } = limits
    return resumeStream({ upstream, request, cursor, behind, resumeTimeoutMs, ...(onLoss && { onLoss }) })
  }
}
