/** How a job stands. The last three are final. */
export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

/** Whether a job with this status can never change again. */
export function isFinal(status: JobStatus): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED'
}

/** A job as the ledger has it, without its input and result, which may be large. Instants are ISO 8601 in UTC. */
export type Job = JobState & {
  id: string
  /** Higher than that of every job submitted before it. */
  number: number
  kind: string
  /** The user who submitted it. */
  owner: string
  /** Of two jobs that are due, the one with the higher number starts first. */
  priority: number
  submittedAt: string
  /** Somebody asked for its end while it ran. */
  isCancelRequested: boolean
  /** Its newest attempt is, or was, in the hands of a function that reports by callback: no worker renews the lease. */
  isHandedOver: boolean
  /** The number of its newest change. */
  seq: number
  /** When its newest change was made. */
  updatedAt: string
}

/** The part of a job that its events carry. */
export type JobState = {
  status: JobStatus
  /** How often it has been claimed: the fencing token of whoever claimed it last. */
  attempt: number
  maxAttempts: number
  /** When it may start, or might have. */
  runAt: string
  /** Its result, where that lies in the result store, once it has succeeded. `sha256` is in hexadecimal. */
  storedResult: { bytes: number; sha256: string } | null
  /** What its task handed over besides the result: files in the result store, once it has succeeded; null for none. */
  files: JobFile[] | null
  progress: JobProgress | null
  /** Why its newest attempt failed. */
  error: JobError | null
  /** It failed after its last attempt. */
  deadLettered: boolean
  startedAt: string | null
  finishedAt: string | null
}

/** `name` is as `chart.svg`, `sha256` is in hexadecimal. */
export type JobFile = { name: string; bytes: number; sha256: string }

/** `fraction` is 0 to 1. */
export type JobProgress = { fraction: number; message: string | null }

/** `code` is one of the schema's error codes, `message` is fit for whoever submitted the job. */
export type JobError = { code: string; message: string }

/** One change of a job: its state after it. `seq` counts the job's changes from 1, without gaps. */
export type JobEvent = {
  seq: number
  at: string
  state: Omit<JobState, Later> & Partial<Pick<JobState, Later>>
}

/** Missing in events of before there was such a thing. */
type Later = 'maxAttempts' | 'runAt' | 'storedResult' | 'files'

/** Which attempt of which job writes: every write of a worker is fenced by it. */
export type Attempt = { id: string; attempt: number }
