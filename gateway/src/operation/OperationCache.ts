/** A bounded cache of what was made of operation texts: least recently used entries go first. */
export type OperationCache<Value> = {
  get(key: string): Value | undefined
  /** Keeps the value, which weighs about so many bytes, unless it alone is past the bound. */
  set(key: string, value: Value, bytes: number): void
  /** The keys that were read most often, the most often first, at most `count`. */
  mostUsed(count: number): readonly string[]
  readonly size: number
  /** The sum of the weights given. */
  readonly bytes: number
}

/** An empty {@link OperationCache}. */
export function createOperationCache<Value>(limits: { maxEntries: number; maxBytes: number }): OperationCache<Value> {
  // A Map iterates in the order of insertion: what is read is inserted anew, so the first key is the one to go.
  const entries = new Map<string, { value: Value; bytes: number; uses: number }>()
  let bytes = 0
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entry.uses++
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, weight) {
      remove(key)
      if (weight > limits.maxBytes) return
      entries.set(key, { value, bytes: weight, uses: 0 })
      bytes += weight
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.maxEntries && bytes <= limits.maxBytes) break
        remove(oldest)
      }
    },
    mostUsed(count) {
      const byUse = [...entries].sort(([, one], [, other]) => other.uses - one.uses)
      return byUse.slice(0, count).map(([key]) => key)
    },
    get size() {
      return entries.size
    },
    get bytes() {
      return bytes
    },
  }

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
}
