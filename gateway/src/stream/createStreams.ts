import { LivingContext, withSignal } from '../executor/RequestContext.ts'
import type { CompiledOperation, CompiledSubscription, ExecuteRequest } from '../operation/CompiledOperation.ts'
import type { StreamBegin } from '../operation/subscriptionCursor.ts'
import type { Upstream, UpstreamEvent, UpstreamStream } from '../transport/Upstream.ts'
import { completeInOrder, type StreamEnd } from './completeInOrder.ts'
import type { EventStream } from './EventStream.ts'
import { Follower, type FollowerSources, type FollowRequest } from './Follower.ts'
import { followUpstream } from './followUpstream.ts'
import { KeptEvents, type KeptLimits } from './KeptEvents.ts'
import { openParts } from './openParts.ts'
import { SharedStream } from './SharedStream.ts'
import { defaultStreamLimits, type StreamLimits } from './StreamLimits.ts'
import { shareKey } from './shareKey.ts'
import { createWaitingEvents } from './WaitingEvents.ts'
import { writeFailure, writePart, writeResult } from './writeResult.ts'

export type OpenStreamRequest = ExecuteRequest & {
  /** Whether the client takes an answer in parts: then what a query or a mutation defers comes later. */
  takesParts?: boolean | undefined
  /** Held by the stream for its whole life: its plan, its schema and its way to subgraphs never change under it. */
  operation: CompiledOperation
  /** Called once, when nothing of the stream is left. Not called for `errors`. */
  onEnd?(end: StreamEnd): void
}

export type OpenedStream =
  | { kind: 'stream'; stream: EventStream }
  /** Nothing was opened: the variables are no good. */
  | Extract<ReturnType<CompiledSubscription['primary']['request']>, { kind: 'errors' }>

/** Opens what clients ask for as streams. */
export type Streams = {
  /**
   * Opens an operation of any kind: a query or a mutation is a stream of one result, or of the parts of one. Subscriptions that are the same (operation, variables,
   * identity, what is passed on to subgraphs) share one subscription upstream and one completion of each event, where they have a cursor: only then can
   * it be known what a new one would give.
   */
  open(request: OpenStreamRequest): OpenedStream
  /** How many shared streams there are now. */
  sharedCount(): number
}

export type StreamsOptions = {
  upstream: Upstream
  limits?: Partial<StreamLimits>
  /** False gives each subscription its own. */
  isSharing?: boolean
  onFault(error: unknown): void
}

/** {@link Streams} over the subgraphs' own. */
export function createStreams({ upstream, isSharing = true, onFault, ...options }: StreamsOptions): Streams {
  const limits = { ...defaultStreamLimits, ...options.limits }
  const keptLimits: KeptLimits = {
    maxEvents: limits.maxKeptEvents,
    maxBytes: limits.maxKeptBytes,
    budget: { bytes: 0, maxBytes: limits.maxKeptBytesOfAll },
  }
  /** By operation, which belongs to one generation, then by all else that makes two subscriptions the same. */
  const shared = new WeakMap<CompiledSubscription, Map<string, SharedStream>>()
  let count = 0

  const sources: FollowerSources = {
    find,
    openShared,
    open: ({ subscription, context }, told) =>
      followUpstream({ subscription, context, upstream, limits, behind: told }),
    createWaiting: () => createWaitingEvents({ maxEvents: limits.maxWaitingEvents, maxBytes: limits.maxWaitingBytes }),
  }

  return {
    sharedCount: () => count,
    open(request) {
      const { operation, onEnd, variables, context, transport } = request
      const ended = onEnd && { onEnd }
      if (operation.kind !== 'subscription') {
        const { requestTimeoutMs } = limits
        const parts = request.takesParts ? openParts(operation, request, requestTimeoutMs) : undefined
        if (parts) {
          const whole = { ...ended, maxInFlight: 1, eventTimeoutMs: requestTimeoutMs }
          return { kind: 'stream', stream: completeInOrder({ ...whole, source: parts, complete: writePart }) }
        }
        const stream = completeInOrder({
          ...ended,
          source: oneEvent(),
          complete: (_, signal) =>
            operation
              .answer({ variables, transport, context: withSignal(context, signal) })
              .then(writeResult)
              .catch(writeFailure),
          maxInFlight: 1,
          eventTimeoutMs: requestTimeoutMs,
        })
        return { kind: 'stream', stream }
      }
      const primary = operation.primary.request(variables)
      if (primary.kind === 'errors') return primary
      const subscription = { operation, primary, variables, transport }
      const begin = operation.primary.cursor?.begin(primary.variables)
      if (isSharing && begin && begin.kind !== 'elsewhere' && shareKey(subscription, context) !== undefined) {
        return { kind: 'stream', stream: new Follower(sources, { subscription, begin, context, ...ended }) }
      }
      return { kind: 'stream', stream: followUpstream({ subscription, context, upstream, limits, ...ended }) }
    },
  }

  function find({ subscription, context }: FollowRequest): SharedStream | undefined {
    const key = shareKey(subscription, context)
    return key === undefined ? undefined : shared.get(subscription.operation)?.get(key)
  }

  function openShared(request: FollowRequest, begin: StreamBegin, told: number | undefined): SharedStream {
    const { subscription, context } = request
    // Without a key it is shared with nobody.
    const key = shareKey(subscription, context) ?? ''
    const ofOperation = shared.get(subscription.operation) ?? new Map<string, SharedStream>()
    shared.set(subscription.operation, ofOperation)
    count++
    const stream = new SharedStream({
      open: (source) =>
        followUpstream({
          subscription,
          context: new LivingContext(context, source.identity),
          upstream,
          limits,
          behind: told,
          onEvent: source.onEvent,
          onLoss: source.onLoss,
        }),
      begin,
      maxEventsInFlight: limits.maxEventsInFlight,
      kept: new KeptEvents(begin.kind === 'behind' ? begin.seq : undefined, keptLimits),
      identity: context.identity,
      onEnd() {
        count--
        // Another may have taken its place when it was lost.
        if (ofOperation.get(key) === stream) ofOperation.delete(key)
      },
      onFault,
    })
    if (key !== '') ofOperation.set(key, stream)
    return stream
  }
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
