import { codedError } from '@tributary/schema'
import type { ExecutionResult } from 'graphql'
import type { CancelSignal } from '../executor/CancelSignal.ts'
import type { UpstreamEnd, UpstreamStream } from '../transport/Upstream.ts'
import type { EventStream } from './EventStream.ts'

export type CompleteInOrderOptions = {
  source: UpstreamStream
  /** Makes the client's event of an upstream one. `signal` is aborted at the event's deadline and when the client leaves. */
  complete(event: ExecutionResult, signal: AbortSignal): Promise<ExecutionResult>
  /** How many events are completed at a time, and may wait to be read when they are. */
  maxInFlight: number
  /** How long completing one event may take. */
  eventTimeoutMs: number
  /** Aborted when the client leaves. */
  signal: CancelSignal
  /** Called once, when nothing of the stream is left. */
  onEnd?(end: StreamEnd): void
}

/** How a stream came to its end: all was read, or it was lost and the reader knows, or the reader left before. */
export type StreamEnd = UpstreamEnd | { kind: 'left' }

/** An event that is being completed, or waits to be read: `result` is there when it is done. */
type Slot = { abort: AbortController; deadline: NodeJS.Timeout; result?: ExecutionResult }

type Waiter = {
  resolve(result: IteratorResult<ExecutionResult, undefined>): void
  reject(error: Error): void
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Completes upstream events concurrently and releases them in the order in which they came, all before the end. Written by
 * hand, not as a generator: a generator that awaits cannot be cancelled.
 */
export function completeInOrder(options: CompleteInOrderOptions): EventStream {
  const { source } = options
  /** Oldest first. */
  const slots: Slot[] = []
  const waiters: Waiter[] = []
  let upstreamEnd: UpstreamEnd | undefined
  let isPumping = false
  let isClosed = false

  options.signal.addEventListener('abort', onAbort)
  if (options.signal.aborted) onAbort()
  else pump()

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

  function start(event: ExecutionResult): void {
    const abort = new AbortController()
    const deadline = setTimeout(() => {
      abort.abort(new DOMException('The deadline of the event has passed', 'TimeoutError'))
    }, options.eventTimeoutMs)
    const slot: Slot = { abort, deadline }
    slots.push(slot)
    options
      .complete(event, abort.signal)
      .catch((cause: unknown) => {
        const originalError = cause instanceof Error ? cause : new Error(String(cause))
        return { errors: [codedError('INTERNAL_SERVER_ERROR', 'Internal server error', { originalError })] }
      })
      .then((result) => {
        clearTimeout(deadline)
        if (isClosed) return
        slot.result = result
        release()
      })
  }

  /** Gives to whoever waits what may be given now. */
  function release(): void {
    while (waiters.length > 0 && !isClosed) {
      const slot = slots[0]
      if (slot) {
        if (!slot.result) return
        slots.shift()
        waiters.shift()?.resolve({ done: false, value: slot.result })
        pump()
        continue
      }
      if (!upstreamEnd) return
      if (upstreamEnd.kind === 'failed') waiters.shift()?.reject(upstreamEnd.error)
      close(upstreamEnd)
    }
  }

  function onAbort(): void {
    close({ kind: 'left' })
  }

  function close(end: StreamEnd): void {
    if (isClosed) return
    isClosed = true
    options.signal.removeEventListener('abort', onAbort)
    source.stop()
    for (const slot of slots.splice(0)) {
      clearTimeout(slot.deadline)
      if (!slot.result) slot.abort.abort()
    }
    for (const waiter of waiters.splice(0)) waiter.resolve(done)
    options.onEnd?.(end)
  }
}
