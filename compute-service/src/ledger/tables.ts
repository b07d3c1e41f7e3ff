import type { ColumnType, Generated } from 'kysely'
import type { JobError, JobFile, JobProgress, JobStatus } from './Job.ts'
import type { WebhookStatus } from './store/webhooks.ts'

/** The ledger's tables. JSON is kept as `json`, not `jsonb`: that keeps what was sent, `\u0000` in strings included. */
export type LedgerTables = {
  jobs: JobsTable
  job_events: JobEventsTable
  job_kind_starts: JobKindStartsTable
  job_chores: JobChoresTable
}

export type JobsTable = {
  id: Generated<string>
  number: Generated<number>
  kind: string
  input: Json<unknown>
  owner: string
  idempotency_key: string | null
  input_hash: Buffer
  status: Generated<JobStatus>
  attempt: Generated<number>
  max_attempts: number
  priority: Generated<number>
  progress: Json<JobProgress | null>
  result: Json<unknown>
  /** Set, both, where the result lies in the result store instead. */
  result_bytes: Generated<number | null>
  result_sha256: Generated<string | null>
  /** An attempt may have put files into the result store. */
  has_files: Generated<boolean>
  /** What the task has handed over besides its result; null for nothing. */
  files: Json<JobFile[] | null>
  error: Json<JobError | null>
  dead_lettered: Generated<boolean>
  cancel_requested: Generated<boolean>
  /** A function has the newest attempt and reports by callback. */
  handed_over: Generated<boolean>
  seq: Generated<number>
  submitted_at: Generated<Date>
  started_at: Generated<Date | null>
  finished_at: Generated<Date | null>
  updated_at: Generated<Date>
  next_run_at: Generated<Date>
  /** When it is given up, whatever becomes of its attempts. */
  deadline_at: Generated<Date | null>
  lease_until: Generated<Date | null>
  resends: Generated<number>
  resent_at: Generated<Date | null>
  /** These are set where somebody wants to be told of the end. */
  webhook_url: Generated<string | null>
  webhook_status: Generated<WebhookStatus | null>
  webhook_next_at: Generated<Date | null>
  webhook_tries: Generated<number>
}

export type JobEventsTable = {
  job_id: string
  seq: number
  at: Date
  snapshot: Json<Snapshot>
}

/** When the next attempt of a kind with a rate may start. */
export type JobKindStartsTable = { kind: string; next_at: Date }

/** When a chore that all processes share was last begun. */
export type JobChoresTable = { chore: string; taken_at: Date }

/** `json_build_object` writes instants with PostgreSQL's precision and offset; reading makes them ISO 8601 in UTC. */
export type Snapshot = {
  status: JobStatus
  attempt: number
  /** These four are missing in events of before there was such a thing. */
  maxAttempts?: number
  runAt?: string
  storedResult?: { bytes: number; sha256: string } | null
  files?: JobFile[] | null
  progress: JobProgress | null
  error: JobError | null
  deadLettered: boolean
  startedAt: string | null
  finishedAt: string | null
}

/** Read parsed, written as text. */
type Json<Value> = ColumnType<Value, string | null | undefined, string | null>
