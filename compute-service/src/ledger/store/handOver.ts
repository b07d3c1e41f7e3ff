import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Attempt, Job, JobProgress } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { afterMs } from './afterMs.ts'
import { changeJobs } from './changeJobs.ts'
import { toJob } from './jobColumns.ts'

type Db = Kysely<LedgerTables>

/** For how long a function may be silent, and how long its attempt may take in all, in milliseconds. */
export type HandOver = { reportWithinMs: number; timeoutMs: number }

/** Progress that comes sooner after the job's last change than this, in milliseconds, only says that the function lives. */
const progressEveryMs = 200

/**
 * Leaves the attempt to a function that reports by callback: its lease lasts for as long as that may be silent, and nobody here renews it.
 * Gives false, and changes nothing, when the attempt is not the newest one, has ended, or shall be cancelled.
 */
export async function handOver(db: Db, attempt: Attempt, { reportWithinMs, timeoutMs }: HandOver): Promise<boolean> {
  const until = sql`least(${afterMs(reportWithinMs)}, started_at + ${timeoutMs} * interval '1 millisecond')`
  const { numAffectedRows = 0n } = await sql`
    update jobs set handed_over = true, lease_until = ${until}
    where ${isMine(attempt)} and not cancel_requested`.execute(db)
  return numAffectedRows > 0n
}

/** What a function says while it works: {@link handOver}, and its progress when it has any. Gives the job when that was written. */
export async function report(
  db: Db,
  options: { attempt: Attempt; progress: JobProgress | undefined; terms: HandOver },
): Promise<{ isTaken: boolean; job?: Job | undefined }> {
  const { attempt, progress, terms } = options
  if (!(await handOver(db, attempt, terms))) return { isTaken: false }
  if (!progress) return { isTaken: true }
  // Whoever reports a thousand times a second makes a few events of it.
  const isDue = sql`(progress is null or updated_at < ${afterMs(-progressEveryMs)})`
  const [row] = await changeJobs(db, {
    set: sql`progress = ${JSON.stringify(progress)}::json`,
    where: sql`${isMine(attempt)} and ${isDue}`,
  })
  return { isTaken: true, job: row && toJob(row) }
}

function isMine({ id, attempt }: Attempt): RawBuilder<unknown> {
  return sql`id = ${id} and attempt = ${attempt} and status = 'RUNNING'`
}
