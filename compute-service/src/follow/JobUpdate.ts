import type { Job } from '../ledger/Job.ts'

/** One change of a job: `job` is as it was after the change with this `seq`, made at `at`. */
export type JobUpdate = { seq: number; at: string; job: Job }
