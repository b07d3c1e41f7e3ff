import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { StoredResult } from '../../results/ResultStore.ts'
import type { Attempt, Job, JobError, JobFile, JobProgress } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { afterMs } from './afterMs.ts'
import { type Change, changeJobs } from './changeJobs.ts'
import { type Claimed, type ClaimTerms, changeAndClaim } from './claim.ts'
import { toJob } from './jobColumns.ts'

type Db = Kysely<LedgerTables>

/** Prolongs the leases of those attempts that are still the newest of their job. Others are missing in what it gives. */
export async function heartbeat(
  db: Db,
  { attempts, leaseMs }: { attempts: readonly Attempt[]; leaseMs: number },
): Promise<(Attempt & { isCancelRequested: boolean })[]> {
  const { rows } = await sql<Attempt & { isCancelRequested: boolean }>`
    update jobs set lease_until = case when handed_over then greatest(lease_until, ${afterMs(leaseMs)}) else ${afterMs(leaseMs)} end
    from unnest(${attempts.map(({ id }) => id)}::uuid[], ${attempts.map(({ attempt }) => attempt)}::int[]) as mine (id, attempt)
    where jobs.id = mine.id and jobs.attempt = mine.attempt and jobs.status = 'RUNNING'
    returning jobs.id, jobs.attempt, jobs.cancel_requested as "isCancelRequested"`.execute(db)
  return rows
}

/** Writes how far the attempt is. Gives false, and changes nothing, when it is not the newest one or has ended. */
export async function writeProgress(
  db: Db,
  { attempt, progress }: { attempt: Attempt; progress: JobProgress },
): Promise<Job | undefined> {
  return changeAttempt(db, { attempt, set: sql`progress = ${JSON.stringify(progress)}::json` })
}

/** Notes that the attempt is about to put a file into the result store. False, changing nothing, when it is not the newest one or has ended. */
export async function noteFiles(db: Db, { id, attempt }: Attempt): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ has_files: true })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', '=', 'RUNNING')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** How an attempt succeeds: its result as JSON text, or what the result store says of it, and the files that lie there besides. */
export type Success = { attempt: Attempt; result: string | StoredResult; files: readonly JobFile[] }

/** RUNNING -> SUCCEEDED. */
export async function succeed(db: Db, success: Success): Promise<Job | undefined> {
  const [row] = await changeJobs(db, succeeding(success))
  return row && toJob(row)
}

/** The same, and in the same statement {@link claimNext}: one commit for both. */
export async function succeedAndClaim(
  db: Db,
  success: Success,
  claim: ClaimTerms,
): Promise<{ job: Job | undefined; next: Claimed | undefined }> {
  const { changed, next } = await changeAndClaim(db, succeeding(success), claim)
  return { job: changed && toJob(changed), next }
}

function succeeding({ attempt, result, files }: Success): Change {
  const written =
    typeof result === 'string'
      ? sql`result = ${result}::json`
      : sql`result_bytes = ${result.bytes}::int, result_sha256 = ${result.sha256}`
  return changeOf({
    attempt,
    set: sql`status = 'SUCCEEDED', ${written}, files = ${files.length === 0 ? null : JSON.stringify(files)}::json, error = null, lease_until = null,
      finished_at = clock_timestamp()`,
  })
}

/**
 * RUNNING -> CANCELLED when that was asked for; else -> QUEUED, due after `delayMs`, when it may be tried again; else -> FAILED.
 */
export async function fail(
  db: Db,
  { attempt, ...failure }: { attempt: Attempt; error: JobError; isRetryable: boolean; delayMs: number },
): Promise<Job | undefined> {
  const { error, isRetryable, delayMs } = failure
  return changeAttempt(db, {
    attempt,
    set: failed({ error: sql`${JSON.stringify(error)}::json`, isRetryable, delayMs: sql`${delayMs}` }),
  })
}

/** RUNNING -> QUEUED (or CANCELLED) although nothing went wrong: the worker stops. May take the job beyond its last attempt. */
export async function release(db: Db, { attempt }: { attempt: Attempt }): Promise<Job | undefined> {
  return changeAttempt(db, {
    attempt,
    set: sql`status = case when cancel_requested then 'CANCELLED' else 'QUEUED' end, lease_until = null,
      next_run_at = clock_timestamp(), finished_at = case when cancel_requested then clock_timestamp() end`,
  })
}

/**
 * Ends the attempts whose lease has run out, like {@link fail}. Gives at most `limit` jobs as they are now: none while the database
 * has been up for less than `graceMs`, for which nobody could renew a lease.
 */
export async function requeueLost(db: Db, { limit, graceMs }: { limit: number; graceMs: number }): Promise<Job[]> {
  const rows = await changeJobs(db, {
    set: failed({
      error: sql`case when handed_over then ${JSON.stringify(silent)}::json else ${JSON.stringify(lost)}::json end`,
      isRetryable: true,
      // A worker that was lost says nothing about its job; a function that fell silent may need some time.
      delayMs: sql`case when handed_over then 1000 * 2 ^ least(attempt - 1, 6) else 0 end`,
    }),
    where: sql`id in (
      select id from jobs where status = 'RUNNING' and lease_until < clock_timestamp()
        and pg_postmaster_start_time() <= clock_timestamp() - ${graceMs} * interval '1 millisecond'
      limit ${limit} for update skip locked
    )`,
  })
  return rows.map(toJob)
}

/**
 * Ends the jobs that have taken too long in all, queued or running: the worker, if any, finds its attempt fenced off. Gives at most `limit` jobs as they
 * are now.
 */
export async function endOverdue(db: Db, limit: number): Promise<Job[]> {
  const rows = await changeJobs(db, {
    set: sql`status = case when cancel_requested then 'CANCELLED' else 'FAILED' end,
      error = case when not cancel_requested then ${JSON.stringify(overdue)}::json end, dead_lettered = not cancel_requested,
      finished_at = clock_timestamp(), lease_until = null`,
    where: sql`id in (
      select id from jobs where finished_at is null and deadline_at < clock_timestamp()
      limit ${limit} for update skip locked
    )`,
  })
  return rows.map(toJob)
}

async function changeAttempt(db: Db, change: { attempt: Attempt; set: RawBuilder<unknown> }): Promise<Job | undefined> {
  const [row] = await changeJobs(db, changeOf(change))
  return row && toJob(row)
}

/** The fence: nothing changes unless this is the newest attempt, and has not ended. */
function changeOf({ attempt, set }: { attempt: Attempt; set: RawBuilder<unknown> }): Change {
  return { set, where: sql`id = ${attempt.id} and attempt = ${attempt.attempt} and status = 'RUNNING'` }
}

const lost: JobError = { code: 'JOB_WORKER_LOST', message: 'The worker that ran the job was lost' }
const overdue: JobError = { code: 'JOB_TIMEOUT', message: 'The job took too long in all' }
const silent: JobError = { code: 'JOB_TIMEOUT', message: 'The function did not report in time' }

/** `error` is SQL of JSON, `delayMs` SQL of a number. */
function failed(failure: {
  error: RawBuilder<unknown>
  isRetryable: boolean
  delayMs: RawBuilder<unknown>
}): RawBuilder<unknown> {
  const mayRetry = sql`(${failure.isRetryable}::boolean and attempt < max_attempts)`
  return sql`
    status = case when cancel_requested then 'CANCELLED' when ${mayRetry} then 'QUEUED' else 'FAILED' end,
    error = case when not cancel_requested then ${failure.error} end,
    dead_lettered = not cancel_requested and ${failure.isRetryable}::boolean and not ${mayRetry},
    finished_at = case when cancel_requested or not ${mayRetry} then clock_timestamp() end,
    next_run_at = ${afterMs(failure.delayMs)},
    lease_until = null`
}
