import { type Kysely, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { changeJobs } from './changeJobs.ts'
import { jobColumnNames, toJob } from './jobColumns.ts'
import { letGoWhenFrozen } from './letGoWhenFrozen.ts'

/** `job` as it is after the call. */
export type Cancellation = { kind: 'ended' | 'requested' | 'unchanged'; job: Job }

/**
 * QUEUED -> CANCELLED, and so is a job that a function has: nobody here could stop it. Another running job is marked, and ends when its
 * worker stops it or is lost. A final one stays as it is.
 */
export async function cancel(db: Kysely<LedgerTables>, { id }: { id: string }): Promise<Cancellation | undefined> {
  return db.transaction().execute(async (transaction) => {
    await sql`select ${letGoWhenFrozen}`.execute(transaction)
    const row = await transaction
      .selectFrom('jobs')
      .select(jobColumnNames)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) return undefined
    if (row.status === 'QUEUED' || (row.status === 'RUNNING' && row.handed_over)) {
      const [ended = row] = await changeJobs(transaction, {
        set: sql`status = 'CANCELLED', cancel_requested = true, finished_at = clock_timestamp(),
          lease_until = null`,
        where: sql`id = ${id}`,
      })
      return { kind: 'ended', job: toJob(ended) }
    }
    if (row.status !== 'RUNNING') return { kind: 'unchanged', job: toJob(row) }
    await transaction.updateTable('jobs').set({ cancel_requested: true }).where('id', '=', id).execute()
    return { kind: 'requested', job: toJob({ ...row, cancel_requested: true }) }
  })
}
