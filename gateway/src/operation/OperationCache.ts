/** A bounded cache of what was made of operation texts: least recently used entries go first. */
export type OperationCache<Value> = {
  get(key: string): Value | undefined
  /** Keeps the value, which weighs about so many bytes, unless it alone is past the bound. */
  set(key: string, value: Value, bytes: number): void
  readonly size: number
  /** The sum of the weights given. */
  readonly bytes: number
}

/** An empty {@link OperationCache}. */
export function createOperationCache<Value>(limits: { maxEntries: number; maxBytes: number }): OperationCache<Value> {
  // A Map iterates in the order of insertion: what is read is inserted anew, so the first key is the one to go.
  const entries = new Map<string, { value: Value; bytes: number }>()
  let bytes = 0
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, weight) {
      remove(key)
      if (weight > limits.maxBytes) return
      entries.set(key, { value, bytes: weight })
      bytes += weight
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.maxEntries && bytes <= limits.maxBytes) break
        remove(oldest)
      }
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
