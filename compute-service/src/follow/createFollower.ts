import { isFinal } from '../ledger/Job.ts'
import type { Topic } from './createTopic.ts'
import type { JobUpdate } from './JobUpdate.ts'

type Waiter = { resolve(result: IteratorResult<JobUpdate, undefined>): void; reject(error: unknown): void }

/**
 * One who follows a job: a cursor into its updates that moves when `next` is awaited. Joins when `next` is first called, listening before it
 * reads, so that nothing is missed in between. Written by hand: an async generator that awaits cannot be ended from outside.
 */
export function createFollower(options: {
  after: number | undefined
  join(onChange: (seq: number) => void): { topic: Topic; leave(): void }
}): AsyncIterableIterator<JobUpdate> {
  const waiters: Waiter[] = []
  let buffer: readonly JobUpdate[] = []
  let joined: { topic: Topic; leave(): void } | undefined
  /** The last `seq` that was read; undefined until the job's present state has been. */
  let cursor: number | undefined
  /** The newest `seq` that was heard of. */
  let newest = 0
  let isReading = false
  let isClosed = false

  return {
    next() {
      if (isClosed) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve, reject) => {
        waiters.push({ resolve, reject })
        advance()
      })
    },
    return() {
      close()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }

  /** Serves whoever waits from the buffer, then reads on if somebody still waits. */
  function advance(): void {
    while (!isClosed && waiters.length > 0 && buffer.length > 0) {
      const [update] = buffer
      const waiter = waiters.shift()
      if (!update || !waiter) return
      buffer = buffer.slice(1)
      waiter.resolve({ done: false, value: update })
      // A dead-lettered job may have been revived: its end is final unless something came after it.
      if (isFinal(update.job.status) && buffer.length === 0) close()
    }
    if (isClosed || isReading || waiters.length === 0) return
    joined ??= options.join((seq) => {
      newest = Math.max(newest, seq)
      if (cursor !== undefined && seq > cursor) advance()
    })
    isReading = true
    const heard = newest
    read(joined.topic).then(
      () => {
        isReading = false
        // Without news since the reading began, the next message or the timer goes on.
        if (buffer.length > 0 || newest > heard || isClosed) advance()
      },
      (error) => {
        isReading = false
        waiters.shift()?.reject(error)
        close()
      },
    )
  }

  async function read(topic: Topic): Promise<void> {
    if (cursor !== undefined) return take(await topic.updatesAfter(cursor))
    const job = await topic.present()
    const { after } = options
    if (after === undefined) return take([{ seq: job.seq, at: job.updatedAt, job }])
    if (after >= job.seq && isFinal(job.status)) return close()
    // A cursor that is ahead of the job was never given out; what comes next is next.
    cursor = Math.min(after, job.seq)
    if (cursor < job.seq) take(await topic.updatesAfter(cursor))
  }

  function take(updates: readonly JobUpdate[]): void {
    if (isClosed) return
    buffer = updates
    cursor = updates.at(-1)?.seq ?? cursor
  }

  function close(): void {
    if (isClosed) return
    isClosed = true
    buffer = []
    joined?.leave()
    for (const waiter of waiters.splice(0)) waiter.resolve({ done: true, value: undefined })
  }
}
