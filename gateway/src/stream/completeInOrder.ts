import type { ExecutionResult } from 'graphql'
import { Cancellation, type CancelSignal } from '../executor/CancelSignal.ts'
import type { UpstreamEnd, UpstreamStream } from '../transport/Upstream.ts'
import type { EventStream } from './EventStream.ts'

export type CompleteInOrderOptions<Event, Incoming = ExecutionResult> = {
  source: UpstreamStream<Incoming>
  /** Makes the client's event of an upstream one. `signal` is aborted at the event's deadline and when the reader leaves. Never rejects. */
  complete(event: Incoming, signal: CancelSignal): Promise<Event>
  /** How many events are completed at a time, and may wait to be read when they are. */
  maxInFlight: number
  /** How long completing one event may take. */
  eventTimeoutMs: number
  /** Called once, when nothing of the stream is left. */
  onEnd?(end: StreamEnd): void
}

/** How a stream came to its end: all was read, or it was lost and the reader knows, or the reader left before. */
export type StreamEnd = UpstreamEnd | { kind: 'left' }

/** An event that is being completed, or waits to be read: `result` is there when it is done. */
type Slot<Event> = { cancellation: Cancellation; deadline: NodeJS.Timeout; done?: IteratorYieldResult<Event> }

type Waiter<Event> = {
  resolve(result: IteratorResult<Event, undefined>): void
  reject(error: Error): void
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Completes upstream events concurrently and releases them in the order in which they came, all before the end. Written by
 * hand, not as a generator: a generator that awaits cannot be cancelled.
 */
export function completeInOrder<Event, Incoming = ExecutionResult>(
  options: CompleteInOrderOptions<Event, Incoming>,
): EventStream<Event> {
  const { source } = options
  /** Oldest first. */
  const slots: Slot<Event>[] = []
  const waiters: Waiter<Event>[] = []
  let upstreamEnd: UpstreamEnd | undefined
  let isPumping = false
  let isClosed = false

  pump()

  return {
    next() {
      return new Promise((resolve, reject) => {
        if (isClosed) return resolve(done)
        waiters.push({ resolve, reject })
        release()
      })
    },
    async return() {
      close({ kind: 'left' })
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }

  /** Takes events from upstream while there is room: who reads slowly lets them wait in upstream's bounded buffer. */
  function pump(): void {
    if (isPumping || isClosed || upstreamEnd || slots.length >= options.maxInFlight) return
    isPumping = true
    source.next().then((event) => {
      isPumping = false
      if (isClosed) return
      if (event.kind === 'event') start(event.result)
      else upstreamEnd = event
      release()
      pump()
    })
  }

  function start(event: Incoming): void {
    const cancellation = new Cancellation()
    const deadline = setTimeout(() => cancellation.abort(), options.eventTimeoutMs)
    const slot: Slot<Event> = { cancellation, deadline }
    slots.push(slot)
    options.complete(event, cancellation).then((value) => {
      clearTimeout(deadline)
      if (isClosed) return
      slot.done = { done: false, value }
      release()
    })
  }

  /** Gives to whoever waits what may be given now. */
  function release(): void {
    while (waiters.length > 0 && !isClosed) {
      const slot = slots[0]
      if (slot) {
        if (!slot.done) return
        slots.shift()
        waiters.shift()?.resolve(slot.done)
        pump()
        continue
      }
      if (!upstreamEnd) return
      if (upstreamEnd.kind === 'failed') waiters.shift()?.reject(upstreamEnd.error)
      close(upstreamEnd)
    }
  }

  function close(end: StreamEnd): void {
    if (isClosed) return
    isClosed = true
    source.stop()
    for (const slot of slots.splice(0)) {
      clearTimeout(slot.deadline)
      if (!slot.done) slot.cancellation.abort()
    }
    for (const waiter of waiters.splice(0)) waiter.resolve(done)
    options.onEnd?.(end)
  }
}
