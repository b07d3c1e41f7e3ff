import type { StreamResult } from './EventStream.ts'

/** An event of a shared stream. `number` counts its events from 1, whether or not they have a `seq`. */
export type SharedEvent = { readonly number: number; readonly result: StreamResult }

/** What all shared streams keep together, in bytes. */
export type KeptBudget = { bytes: number; readonly maxBytes: number }

/** The newest events of a stream, for whoever joins it later; always the very newest. */
export type KeptEvents = {
  add(event: SharedEvent): void
  /** Whether it has every event behind a `seq`, and can tell which they are. */
  reaches(seq: number): boolean
  /** The events behind a `seq` that it reaches. */
  behind(seq: number): readonly SharedEvent[]
  /** The newest event that has a `seq`. */
  newest(): SharedEvent | undefined
  isEmpty(): boolean
  clear(): void
}

/** Keeps nothing yet; what was before began behind `floor`, where that is known. */
export function createKeptEvents(options: {
  floor: number | undefined
  maxEvents: number
  maxBytes: number
  budget: KeptBudget
}): KeptEvents {
  const { maxEvents, maxBytes, budget } = options
  /** The `seq` before the oldest one. Progress may have been left out on the way: only what was told can be told from. */
  let { floor } = options
  let events: SharedEvent[] = []
  let bytes = 0
  return {
    add(event) {
      events.push(event)
      count(event.result.text.length)
      while (events.length > 1 && isTooMuch()) {
        const oldest = events.shift()
        floor = oldest?.result.seq
        count(-(oldest?.result.text.length ?? 0))
      }
    },
    reaches: (seq) => seq === floor || events.some(({ result }) => result.seq === seq),
    behind: (seq) => (seq === floor ? events : events.slice(events.findIndex(({ result }) => result.seq === seq) + 1)),
    newest: () => events.findLast(({ result }) => result.seq !== undefined),
    isEmpty: () => events.length === 0,
    clear() {
      events = []
      count(-bytes)
    },
  }

  function count(change: number): void {
    bytes += change
    budget.bytes += change
  }

  function isTooMuch(): boolean {
    return events.length > maxEvents || bytes > maxBytes || budget.bytes > budget.maxBytes
  }
}
