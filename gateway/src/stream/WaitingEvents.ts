import { addSkipped, givesWay, type Progress, readProgress } from '../transport/conflateProgress.ts'
import type { StreamResult } from './EventStream.ts'

/** Events that one client has not asked for yet. */
export type WaitingEvents = {
  /** False, and nothing added, when it does not fit. */
  push(result: StreamResult): boolean
  shift(): StreamResult | undefined
  isEmpty(): boolean
}

type Waiting = { result: StreamResult; skipped: number; progress?: Progress | undefined }

/**
 * Bounded {@link WaitingEvents}, in which progress gives way to newer progress, see `conflateProgress`; where it was asked for, `skipped` says how much.
 * What others get of a shared result is not touched.
 */
export function createWaitingEvents({ maxEvents, maxBytes }: { maxEvents: number; maxBytes: number }): WaitingEvents {
  const waiting: Waiting[] = []
  let bytes = 0
  return {
    push(result) {
      const last = waiting.at(-1)
      // Read when something comes behind it only: whoever reads in time costs nothing here.
      if (last) last.progress ??= progressOf(last.result)
      const progress = last?.progress && progressOf(result)
      if (last?.progress && progress && givesWay(last.progress, progress)) {
        bytes += result.text.length - last.result.text.length
        last.skipped += 1 + (last.progress.skipped ?? 0)
        last.result = result
        last.progress = progress
        return true
      }
      // One event always fits: a single large one is bounded by what subgraphs may send.
      if (waiting.length >= maxEvents || (waiting.length > 0 && bytes + result.text.length > maxBytes)) return false
      waiting.push({ result, skipped: 0, progress })
      bytes += result.text.length
      return true
    },
    shift() {
      const next = waiting.shift()
      if (!next) return undefined
      bytes -= next.result.text.length
      return next.skipped === 0 ? next.result : withSkipped(next.result, next.skipped)
    },
    isEmpty: () => waiting.length === 0,
  }
}

/** An event of a shared stream for whom it is the first: before that nothing was left out. */
export function asFirst(result: StreamResult): StreamResult {
  // Hardly ever so: events are read for it only then.
  if (!/"skipped":[1-9]/.test(result.text)) return result
  return withSkipped(result, -(progressOf(result)?.skipped ?? 0))
}

function progressOf({ text, errors }: StreamResult): Progress | undefined {
  return errors ? undefined : readProgress(JSON.parse(text))
}

function withSkipped(result: StreamResult, count: number): StreamResult {
  return { ...result, text: JSON.stringify(addSkipped(JSON.parse(result.text), count)) }
}
