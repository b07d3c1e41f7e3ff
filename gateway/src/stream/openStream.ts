import type { ExecutionResult } from 'graphql'
import type { CompiledOperation, ExecuteRequest } from '../operation/CompiledOperation.ts'
import type { Upstream, UpstreamEvent, UpstreamStream } from '../transport/Upstream.ts'
import { type CompleteInOrderOptions, completeInOrder, type StreamEnd } from './completeInOrder.ts'
import type { EventStream } from './EventStream.ts'
import { resumeStream } from './resumeStream.ts'

export type OpenStreamRequest = ExecuteRequest & {
  /** Held by the stream for its whole life: its plan, its schema and its way to subgraphs never change under it. */
  operation: CompiledOperation
  upstream: Upstream
  limits: StreamLimits
  /** Called once, when nothing of the stream is left. Not called for `errors`. */
  onEnd?(end: StreamEnd): void
}

export type StreamLimits = {
  /** How long a query or a mutation may take, in milliseconds. It never ends a subscription. */
  requestTimeoutMs: number
  /** How long fetching the fields of other subgraphs may take for one event; what is missing then is null, with an error. */
  eventTimeoutMs: number
  /** How many events of one subscription are completed at a time. */
  maxEventsInFlight: number
  /** How long a subscription that its subgraph lost is tried to be had again, where it has a cursor; then `SUBGRAPH_STREAM_LOST`. */
  resumeTimeoutMs: number
}

export const defaultStreamLimits: StreamLimits = {
  requestTimeoutMs: 30_000,
  eventTimeoutMs: 10_000,
  maxEventsInFlight: 8,
  resumeTimeoutMs: 30_000,
}

export type OpenedStream =
  | { kind: 'stream'; stream: EventStream }
  /** Nothing was opened: the variables are no good. */
  | { kind: 'errors'; errors: NonNullable<ExecutionResult['errors']> }

/**
 * Begins a client operation of any kind. A subscription is subscribed to at its primary subgraph, and each event completed with
 * the fields of the others, concurrently, in order; a query or a mutation is a stream of one result. When the client leaves
 * (`context.signal`, or `return`) both sides are freed at once.
 */
export function openStream(request: OpenStreamRequest): OpenedStream {
  const { operation, context, transport, variables, limits } = request
  const shared = { signal: context.signal, ...(request.onEnd && { onEnd: request.onEnd }) }
  if (operation.kind !== 'subscription') {
    return opened({
      ...shared,
      source: oneEvent(),
      complete: (_, signal) => operation.execute({ variables, transport, context: { ...context, signal } }),
      maxInFlight: 1,
      eventTimeoutMs: limits.requestTimeoutMs,
    })
  }
  const primary = operation.primary.request(variables)
  if (primary.kind === 'errors') return primary
  const subscription = operation
  const asked = primary
  return opened({
    ...shared,
    source: subscribe(),
    complete: (event, signal) =>
      operation.completeEvent(event, { variables, transport, context: { ...context, signal } }),
    maxInFlight: limits.maxEventsInFlight,
    eventTimeoutMs: limits.eventTimeoutMs,
  })

  function subscribe(): UpstreamStream {
    const { upstream } = request
    const { subgraph, cursor } = subscription.primary
    const upstreamRequest = { subgraph, query: asked.query, variables: asked.variables, context }
    if (!cursor) return upstream.subscribe(upstreamRequest)
    return resumeStream({ upstream, request: upstreamRequest, cursor, resumeTimeoutMs: limits.resumeTimeoutMs })
  }
}

function opened(options: CompleteInOrderOptions): OpenedStream {
  return { kind: 'stream', stream: completeInOrder(options) }
}

/** A source of one event with nothing in it, which a query or a mutation completes. */
function oneEvent(): UpstreamStream {
  let next: UpstreamEvent = { kind: 'event', result: {} }
  return {
    async next() {
      const event = next
      next = { kind: 'complete' }
      return event
    },
    stop() {},
  }
}
