import { type Selectable, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { JobsTable } from '../tables.ts'

/** The columns of a {@link Job}: all but the large ones. */
export const jobColumnNames = [
  'id',
  'number',
  'kind',
  'owner',
  'status',
  'attempt',
  'max_attempts',
  'priority',
  'next_run_at',
  'progress',
  'error',
  'dead_lettered',
  'cancel_requested',
  'handed_over',
  'result_bytes',
  'result_sha256',
  'files',
  'seq',
  'submitted_at',
  'started_at',
  'finished_at',
  'updated_at',
] as const satisfies (keyof JobsTable)[]

export type JobRow = Pick<Selectable<JobsTable>, (typeof jobColumnNames)[number]>

/** {@link jobColumnNames} for a `select`. */
export const jobColumns = sql.join(jobColumnNames.map((name) => sql.ref(name)))

/** A row as a {@link Job}. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    owner: row.owner,
    status: row.status,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    priority: row.priority,
    runAt: row.next_run_at.toISOString(),
    progress: row.progress,
    error: row.error,
    deadLettered: row.dead_lettered,
    storedResult:
      row.result_bytes === null || row.result_sha256 === null
        ? null
        : { bytes: row.result_bytes, sha256: row.result_sha256 },
    files: row.files,
    isCancelRequested: row.cancel_requested,
    isHandedOver: row.handed_over,
    seq: row.seq,
    submittedAt: row.submitted_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
  }
}
