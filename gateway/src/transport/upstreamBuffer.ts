import type { ExecutionResult } from 'graphql'
import { conflateProgress } from './conflateProgress.ts'
import type { UpstreamEnd, UpstreamEvent, UpstreamStream } from './Upstream.ts'

/** Events of one stream that have come and were not asked for yet. */
export type UpstreamBuffer = {
  stream: UpstreamStream
  /** Adds an event of so many bytes on the wire. False, and nothing added, when it does not fit. */
  push(result: ExecutionResult, bytes: number): boolean
  /** What comes after the last event. The first end counts. */
  end(end: UpstreamEnd): void
}

/** A bounded {@link UpstreamBuffer}, in which progress that nobody has read yet gives way to newer progress. `onStop` is called when the reader leaves before the end, once. */
export function createUpstreamBuffer(options: { maxEvents: number; maxBytes: number; onStop(): void }): UpstreamBuffer {
  const events: { result: ExecutionResult; bytes: number }[] = []
  let bufferedBytes = 0
  let ended: UpstreamEnd | undefined
  let waiting: ((event: UpstreamEvent) => void) | undefined
  return {
    push(result, bytes) {
      if (ended) return true
      if (waiting) {
        answer({ kind: 'event', result })
        return true
      }
      const last = events.at(-1)
      const conflated = last && conflateProgress(last.result, result)
      if (conflated) {
        bufferedBytes += bytes - last.bytes
        last.result = conflated
        last.bytes = bytes
        return true
      }
      // One event always fits: a single large one is bounded by the socket's own limit.
      if (events.length >= options.maxEvents || (events.length > 0 && bufferedBytes + bytes > options.maxBytes)) {
        return false
      }
      events.push({ result, bytes })
      bufferedBytes += bytes
      return true
    },
    end,
    stream: {
      async next() {
        const event = events.shift()
        if (event) {
          bufferedBytes -= event.bytes
          return { kind: 'event', result: event.result }
        }
        return ended ?? new Promise<UpstreamEvent>((resolve) => (waiting = resolve))
      },
      stop() {
        events.length = 0
        if (ended) return
        end({ kind: 'complete' })
        options.onStop()
      },
    },
  }

  function end(given: UpstreamEnd): void {
    if (ended) return
    ended = given
    if (waiting) answer(given)
  }

  function answer(event: UpstreamEvent): void {
    waiting?.(event)
    waiting = undefined
  }
}
