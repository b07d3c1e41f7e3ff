import { Cancellation, type CancelSignal } from '../executor/CancelSignal.ts'

/** What to do when signals abort: one listener a signal, however many requests an operation makes. */
export type Aborts = {
  /** Calls `abort` when the signal does, unless the returned function is called before. */
  add(signal: CancelSignal, abort: () => void): () => void
}

/** An empty {@link Aborts}. */
export function createAborts(): Aborts {
  const bySignal = new WeakMap<CancelSignal, Set<() => void>>()
  return {
    add(signal, abort) {
      if (signal instanceof Cancellation) {
        signal.addEventListener('abort', abort)
        return () => signal.removeEventListener('abort', abort)
      }
      let waiting = bySignal.get(signal)
      if (!waiting) {
        const added = new Set<() => void>()
        waiting = added
        bySignal.set(signal, added)
        signal.addEventListener('abort', () => {
          for (const one of added) one()
        })
      }
      const set = waiting
      set.add(abort)
      return () => void set.delete(abort)
    },
  }
}
