/** A subgraph's subscription that a test feeds. */
export type PushStream = AsyncIterableIterator<object> & { push(event: object): void; end(): void }

/** A {@link PushStream}. `onEnd` is called when it has ended, by whom ever. */
export function createPushStream(onEnd: () => void): PushStream {
  const events: object[] = []
  let waiting: ((result: IteratorResult<object>) => void) | undefined
  let hasEnded = false
  const stream: PushStream = {
    async next() {
      const value = events.shift()
      if (value) return { done: false, value }
      if (hasEnded) return { done: true, value: undefined }
      return new Promise((resolve) => {
        waiting = resolve
      })
    },
    async return() {
      stream.end()
      return { done: true, value: undefined }
    },
    push(event) {
      if (!waiting) return void events.push(event)
      waiting({ done: false, value: event })
      waiting = undefined
    },
    end() {
      if (hasEnded) return
      hasEnded = true
      waiting?.({ done: true, value: undefined })
      onEnd()
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
