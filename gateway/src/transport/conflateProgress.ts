import type { ExecutionResult } from 'graphql'
import { isFields } from '../executor/ownField.ts'

/** What may differ between two events of which only the newer one matters, beside `progress`. */
const ofEachEvent: ReadonlySet<string> = new Set(['progress', 'seq', 'at', 'skipped'])

/** What an event tells: it gives way to a newer one that tells of the same state, and how far that has come. */
export type Progress = {
  /** All of the event that is not of this event alone. */
  state: string
  /** Whether it tells how far that has come. */
  hasProgress: boolean
  /** How many events it says were left out before it; undefined where the client has not asked. */
  skipped: number | undefined
}

/**
 * Makes one of two events that wait one behind the other, where they tell of the same state: both select `progress`, and they differ in
 * nothing but `progress`, `seq`, `at` and `skipped` (by their response names, at any depth). It is the newer one; where it selects
 * `skipped` it says how many were left out. Gives undefined for events that must both be told.
 */
export function conflateProgress(older: ExecutionResult, newer: ExecutionResult): ExecutionResult | undefined {
  const before = readProgress(older)
  const after = before && readProgress(newer)
  if (!after || !givesWay(before, after)) return undefined
  return addSkipped(newer, 1 + (before.skipped ?? 0))
}

/** Whether an event need not be told once a newer one is there. */
export function givesWay(older: Progress, newer: Progress): boolean {
  return newer.hasProgress && older.state === newer.state
}

/** Gives undefined for an event that must be told, whatever comes next. */
export function readProgress({ data, errors }: ExecutionResult): Progress | undefined {
  if (!data || errors) return undefined
  const [entry] = Object.entries(data)
  if (!entry || !isFields(entry[1])) return undefined
  let hasProgress = false
  const state = JSON.stringify(entry, (key, value) => {
    if (key === 'progress' && value !== null) hasProgress = true
    return ofEachEvent.has(key) ? null : value
  })
  const { skipped } = entry[1]
  return { state, hasProgress, skipped: typeof skipped === 'number' ? skipped : undefined }
}

/** The event as it says, where it selects `skipped`, that so many more were left out before it. */
export function addSkipped(event: ExecutionResult, count: number): ExecutionResult {
  const [entry] = Object.entries(event.data ?? {})
  if (!entry || !isFields(entry[1]) || typeof entry[1].skipped !== 'number') return event
  const [name, update] = entry
  return { ...event, data: { ...event.data, [name]: { ...update, skipped: entry[1].skipped + count } } }
}
