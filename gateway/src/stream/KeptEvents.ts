import type { StreamResult } from './EventStream.ts'

/** An event of a shared stream. `number` counts its events from 1, whether or not they have a `seq`. */
export type SharedEvent = { readonly number: number; readonly result: StreamResult }

export type KeptLimits = {
  /** What one stream keeps. */
  maxEvents: number
  maxBytes: number
  /** What all keep together, in bytes. */
  budget: { bytes: number; readonly maxBytes: number }
}

/** The newest events of a stream, for whoever joins it later; always the very newest. A class, as there are tens of thousands. */
export class KeptEvents {
  readonly #limits: KeptLimits
  /** The `seq` before the oldest one. Progress may have been left out on the way: only what was told can be told from. */
  #floor: number | undefined
  #events: SharedEvent[] = []
  #bytes = 0

  /** Keeps nothing yet; what was before began behind `floor`, where that is known. */
  constructor(floor: number | undefined, limits: KeptLimits) {
    this.#floor = floor
    this.#limits = limits
  }

  add(event: SharedEvent): void {
    this.#events.push(event)
    this.#count(event.result.text.length)
    while (this.#events.length > 1 && this.#isTooMuch()) {
      const oldest = this.#events.shift()
      this.#floor = oldest?.result.seq
      this.#count(-(oldest?.result.text.length ?? 0))
    }
  }

  /** Whether it has every event behind a `seq`, and can tell which they are. */
  reaches(seq: number): boolean {
    return seq === this.#floor || this.#events.some(({ result }) => result.seq === seq)
  }

  /** The events behind a `seq` that it reaches. */
  behind(seq: number): readonly SharedEvent[] {
    if (seq === this.#floor) return [...this.#events]
    return this.#events.slice(this.#events.findIndex(({ result }) => result.seq === seq) + 1)
  }

  /** The newest event that has a `seq`. */
  newest(): SharedEvent | undefined {
    return this.#events.findLast(({ result }) => result.seq !== undefined)
  }

  isEmpty(): boolean {
    return this.#events.length === 0
  }

  clear(): void {
    this.#events = []
    this.#count(-this.#bytes)
  }

  #count(change: number): void {
    this.#bytes += change
    this.#limits.budget.bytes += change
  }

  #isTooMuch(): boolean {
    const { maxEvents, maxBytes, budget } = this.#limits
    return this.#events.length > maxEvents || this.#bytes > maxBytes || budget.bytes > budget.maxBytes
  }
}
