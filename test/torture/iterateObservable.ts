import type { Observable } from 'rxjs'

/** What an observable gives, each value read by `read`, whose error ends it; leaving the iterator unsubscribes. */
export function iterateObservable<Value, Read>(
  observable: Observable<Value>,
  read: (value: Value) => Read,
): AsyncIterableIterator<Read> {
  const values: Value[] = []
  let end: { error?: unknown } | undefined
  let wake = () => {}
  const subscription = observable.subscribe({
    next(value) {
      values.push(value)
      wake()
    },
    error: (error: unknown) => finish({ error }),
    complete: () => finish({}),
  })
  return {
    async next() {
      for (;;) {
        const value = values.shift()
        if (value !== undefined) return { done: false, value: read(value) }
        if (end && 'error' in end) throw end.error
        if (end) return { done: true, value: undefined }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async return() {
      subscription.unsubscribe()
      finish({})
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }

  function finish(how: { error?: unknown }): void {
    end ??= how
    wake()
  }
}
