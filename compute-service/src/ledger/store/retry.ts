import { type Kysely, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { changeJobs } from './changeJobs.ts'
import { jobColumnNames, toJob } from './jobColumns.ts'

/** `job` as it is after the call. */
export type Revival = { kind: 'revived' | 'unchanged'; job: Job }

/** Dead-lettered -> QUEUED, with `moreAttempts` to come, and `timeoutMs` for them in all. Any other job stays as it is. */
export async function retry(
  db: Kysely<LedgerTables>,
  { id, moreAttempts, timeoutMs }: { id: string; moreAttempts: number; timeoutMs?: number | undefined },
): Promise<Revival | undefined> {
  const [row] = await changeJobs(db, {
    set: sql`status = 'QUEUED', max_attempts = attempt + ${moreAttempts}::int, dead_lettered = false, progress = null,
      finished_at = null, next_run_at = clock_timestamp(), resends = 0, resent_at = null,
      deadline_at = clock_timestamp() + ${timeoutMs ?? null}::float8 * interval '1 millisecond',
      webhook_status = case when webhook_url is not null then 'PENDING' end, webhook_next_at = clock_timestamp()`,
    where: sql`id = ${id} and status = 'FAILED' and dead_lettered`,
  })
  if (row) return { kind: 'revived', job: toJob(row) }
  const present = await db.selectFrom('jobs').select(jobColumnNames).where('id', '=', id).executeTakeFirst()
  return present && { kind: 'unchanged', job: toJob(present) }
}
