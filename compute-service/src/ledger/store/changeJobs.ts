import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { LedgerTables } from '../tables.ts'
import { type JobRow, jobColumns } from './jobColumns.ts'

/** What becomes of which jobs: the assignments and the condition of an `update`. */
export type Change = { set: RawBuilder<unknown>; where: RawBuilder<unknown> }

/** Changes the jobs that `where` holds for, see {@link changing}, and gives them as they are now. */
export async function changeJobs(db: Kysely<LedgerTables>, change: Change): Promise<JobRow[]> {
  const { rows } = await sql<JobRow>`with ${changing(change)} select ${jobColumns} from changed`.execute(db)
  return rows
}

/**
 * The one way in which a job changes, as a `with` clause, `changed` if it has no other name: takes the next `seq` and writes the event, in one statement, so all of it
 * happens or nothing. The row's lock, held until commit, keeps `seq` without gaps. No row, where `where` holds for none (it is evaluated again
 * after a wait for the lock).
 */
export function changing({ set, where }: Change, clause = 'changed'): RawBuilder<unknown> {
  return sql`${sql.table(clause)} as (
    update jobs set ${set}, seq = seq + 1, updated_at = greatest(updated_at, clock_timestamp())
    where ${where}
    returning *
  ), ${eventOf(clause)}`
}

/** The `with` clause that writes the event of each row of a clause that has changed or made jobs. */
export function eventOf(clause: string): RawBuilder<unknown> {
  return sql`${sql.table(`event_of_${clause}`)} as (
    insert into job_events (job_id, seq, at, snapshot)
    select id, seq, updated_at, json_build_object(
      'status', status, 'attempt', attempt, 'maxAttempts', max_attempts, 'runAt', next_run_at,
      'storedResult', case when result_bytes is not null then json_build_object('bytes', result_bytes, 'sha256', result_sha256) end, 'files', files, 'progress', progress, 'error', error, 'deadLettered', dead_lettered,
      'startedAt', started_at, 'finishedAt', finished_at)
    from ${sql.table(clause)}
  )`
}
