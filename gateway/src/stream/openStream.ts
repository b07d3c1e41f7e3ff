import type { ExecutionResult } from 'graphql'
import type { CompiledOperation, ExecuteRequest } from '../operation/CompiledOperation.ts'
import type { Upstream } from '../transport/Upstream.ts'
import { completeInOrder } from './completeInOrder.ts'
import type { EventStream } from './EventStream.ts'

export type OpenStreamRequest = ExecuteRequest & {
  /** Held by the stream for its whole life: its plan, its schema and its way to subgraphs never change under it. */
  operation: Extract<CompiledOperation, { kind: 'subscription' }>
  upstream: Upstream
  limits: StreamLimits
  /** Called once, when nothing of the stream is left; with the reason when it was lost. Not called for `errors`. */
  onEnd?(error?: Error): void
}

export type StreamLimits = {
  /** How many events of one stream are completed at a time. */
  maxEventsInFlight: number
  /** How long fetching the fields of other subgraphs may take for one event; what is missing then is null, with an error. */
  eventTimeoutMs: number
}

export const defaultStreamLimits: StreamLimits = { maxEventsInFlight: 8, eventTimeoutMs: 10_000 }

export type OpenedStream =
  | { kind: 'stream'; stream: EventStream }
  /** Nothing was opened: the variables are no good. */
  | { kind: 'errors'; errors: NonNullable<ExecutionResult['errors']> }

/**
 * Subscribes to the operation's primary subgraph and completes each event with the fields of the others, concurrently, in order.
 * When the client leaves (`context.signal`, or `return`) both sides are freed at once.
 */
export function openStream(request: OpenStreamRequest): OpenedStream {
  const { operation, context, transport, variables, limits } = request
  const primary = operation.primary.request(variables)
  if (primary.kind === 'errors') return primary
  const source = request.upstream.subscribe({
    subgraph: operation.primary.subgraph,
    query: primary.query,
    variables: primary.variables,
    context,
  })
  const stream = completeInOrder({
    source,
    complete: (event, signal) =>
      operation.completeEvent(event, { variables, transport, context: { ...context, signal } }),
    maxInFlight: limits.maxEventsInFlight,
    eventTimeoutMs: limits.eventTimeoutMs,
    signal: context.signal,
    ...(request.onEnd && { onEnd: request.onEnd }),
  })
  return { kind: 'stream', stream }
}
