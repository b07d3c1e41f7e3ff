import type { Log } from '@tributary/runtime'
import { codedError } from '@tributary/schema'
import type { Job } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { JobUpdate } from './JobUpdate.ts'

/** One job that is followed in this process: its newest updates are read once for all of its followers. */
export type Topic = {
  /** Calls `onChange` with the newest `seq` that is heard of, until the function it gives is called. */
  join(onChange: (seq: number) => void): () => void
  /** The job has reached this `seq`. */
  changed(seq: number): void
  /** The job as it is now. Rejects with `NOT_FOUND`. */
  present(): Promise<Job>
  /** Some of the updates behind a `seq`, in order, without gaps; none when there is none yet or the ledger does not answer. */
  updatesAfter(seq: number): Promise<readonly JobUpdate[]>
}

/** How many updates are kept for followers that are a little behind; whoever is further behind reads the ledger. */
const keptUpdates = 64

/** How many updates to read in one statement. */
const readSize = 256

/** A {@link Topic}; `onEmpty` is called when the last follower has left. */
export function createTopic(options: { id: string; ledger: Ledger; log: Log; onEmpty(): void }): Topic {
  const { id, ledger, log, onEmpty } = options
  const followers = new Set<(seq: number) => void>()
  /** What never changes about the job. */
  let base: Job | undefined
  let recent: readonly JobUpdate[] = []
  const reads = new Map<number, Promise<readonly JobUpdate[]>>()

  return {
    join(onChange) {
      followers.add(onChange)
      return () => {
        if (followers.delete(onChange) && followers.size === 0) onEmpty()
      }
    },
    changed(seq) {
      for (const onChange of followers) onChange(seq)
    },
    async present() {
      const job = await ledger.readJob(id)
      if (!job) throw codedError('NOT_FOUND', `There is no job ${id}`)
      base = job
      return job
    },
    async updatesAfter(seq) {
      const first = recent[0]
      const last = recent.at(-1)
      if (first && last && first.seq <= seq + 1 && last.seq > seq) return recent.filter((update) => update.seq > seq)
      let reading = reads.get(seq)
      if (!reading) {
        reading = read(seq).finally(() => reads.delete(seq))
        reads.set(seq, reading)
      }
      return reading
    },
  }

  async function read(after: number): Promise<readonly JobUpdate[]> {
    try {
      const job = base ?? (await ledger.readJob(id))
      if (!job) return []
      const events = await ledger.readEvents({ id, after, limit: readSize })
      const updates = events.map(({ seq, at, state }) => ({ seq, at, job: { ...job, ...state, seq, updatedAt: at } }))
      keep(updates)
      return updates
    } catch (error) {
      // Looked at again when the next message or the timer says so.
      log.warn({ err: error, jobId: id }, 'events of a job could not be read')
      return []
    }
  }

  function keep(updates: readonly JobUpdate[]): void {
    const first = updates[0]
    const last = recent.at(-1)
    if (!first) return
    if (!last || first.seq === last.seq + 1) recent = [...recent, ...updates].slice(-keptUpdates)
    else if ((updates.at(-1)?.seq ?? 0) > last.seq) recent = updates.slice(-keptUpdates)
  }
}
