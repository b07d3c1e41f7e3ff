import type { ExecutionResult } from 'graphql'
import { isFields } from '../executor/ownField.ts'

/** What may differ between two events of which only the newer one matters, beside `progress`. */
const ofEachEvent: ReadonlySet<string> = new Set(['progress', 'seq', 'at', 'skipped'])

/**
 * Makes one of two events that wait one behind the other, where they tell of the same state: both select `progress`, and they differ in
 * nothing but `progress`, `seq`, `at` and `skipped` (by their response names, at any depth). It is the newer one; where it selects
 * `skipped` it says how many were left out. Gives undefined for events that must both be told.
 */
export function conflateProgress(older: ExecutionResult, newer: ExecutionResult): ExecutionResult | undefined {
  if (!older.data || !newer.data || older.errors || newer.errors) return undefined
  const [name, event] = Object.entries(newer.data)[0] ?? []
  const before = name === undefined ? undefined : older.data[name]
  if (name === undefined || !isFields(event) || !isFields(before)) return undefined
  const state = stateOf(event)
  if (!state.hasProgress || state.text !== stateOf(before).text) return undefined
  if (typeof event.skipped !== 'number') return newer
  const skipped = event.skipped + 1 + (typeof before.skipped === 'number' ? before.skipped : 0)
  return { ...newer, data: { ...newer.data, [name]: { ...event, skipped } } }
}

/** Everything in an event that is not of this event alone. */
function stateOf(event: Record<string, unknown>): { text: string; hasProgress: boolean } {
  let hasProgress = false
  const text = JSON.stringify(event, (key, value) => {
    if (key === 'progress' && value !== null) hasProgress = true
    return ofEachEvent.has(key) ? null : value
  })
  return { text, hasProgress }
}
