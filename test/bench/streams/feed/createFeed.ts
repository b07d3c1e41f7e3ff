/** Changes of any number of ids, told as the compute subgraph tells those of jobs: the newest one first, or all behind `after`. */
export type Feed = {
  follow(args: { id: string; after?: number | null }): AsyncIterableIterator<object>
  /** One change more for each id that somebody follows. */
  publish(): void
  streamCount(): number
}

export function createFeed(): Feed {
  const followers = new Map<string, Set<Follower>>()
  const newest = new Map<string, number>()
  let streams = 0
  return {
    streamCount: () => streams,
    follow({ id, after }) {
      const seq = newest.get(id) ?? 1
      const all = followers.get(id) ?? new Set()
      followers.set(id, all)
      const follower = createFollower(() => {
        all.delete(follower)
        if (all.size === 0) followers.delete(id)
        streams--
      })
      all.add(follower)
      streams++
      for (let one = (after ?? seq - 1) + 1; one <= seq; one++) follower.push(updateOf(id, one))
      return follower
    },
    publish() {
      for (const [id, all] of followers) {
        const seq = (newest.get(id) ?? 1) + 1
        newest.set(id, seq)
        for (const follower of all) follower.push(updateOf(id, seq))
      }
    },
  }
}

function updateOf(id: string, seq: number): object {
  return { updates: { seq, status: seq === 1 ? 'RUNNING' : 'SUCCEEDED', progress: null, skipped: 0, owner: { id } } }
}

type Follower = AsyncIterableIterator<object> & { push(event: object): void }

function createFollower(onEnd: () => void): Follower {
  const events: object[] = []
  let waiting: ((result: IteratorResult<object>) => void) | undefined
  let hasEnded = false
  const follower: Follower = {
    next() {
      const value = events.shift()
      if (value) return Promise.resolve({ done: false, value })
      if (hasEnded) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve) => {
        waiting = resolve
      })
    },
    return() {
      if (!hasEnded) {
        hasEnded = true
        waiting?.({ done: true, value: undefined })
        onEnd()
      }
      return Promise.resolve({ done: true, value: undefined })
    },
    push(event) {
      if (!waiting) return void events.push(event)
      waiting({ done: false, value: event })
      waiting = undefined
    },
    [Symbol.asyncIterator]: () => follower,
  }
  return follower
}
