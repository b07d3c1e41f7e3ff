import type { MessagePort } from 'node:worker_threads'
import type { Attempt, JobError } from '../ledger/Job.ts'
import type { Neighbours } from './callNeighbour.ts'

/** What a thread is given to run. Over `port` it sends `JobProgress`, and is told with any message that it shall stop. */
export type ThreadTask = {
  /** The URL of the task's file, and the name under which that exports it. */
  taskFile: string
  taskName: string
  input: unknown
  job: TaskJob
  neighbours: Neighbours
  maxResultBytes: number
  port: MessagePort
}

/** What a task is told of its job. */
export type TaskJob = Attempt & { number: number }

/** What a task hands over besides its result. */
export type TaskFile = { name: string; content: string }

/** How a task ended. `log` is for our log only. */
export type TaskOutcome =
  | { kind: 'succeeded'; resultJson: string; files: readonly TaskFile[] }
  | { kind: 'failed'; error: JobError; isRetryable: boolean; log?: string }
