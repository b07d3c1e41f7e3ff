import { type Kysely, type RawBuilder, sql } from 'kysely'
import { announcement } from '../../events/JobMessage.ts'
import type { LedgerTables } from '../tables.ts'
import { type JobRow, jobColumns } from './jobColumns.ts'

/** The channel that changes are announced on within the statement that makes them; undefined when they go another way. */
export type Channel = string | undefined

/**
 * The one way in which a job changes: takes the next `seq`, writes the event and announces it, in one statement, so all of it happens or
 * nothing. The row's lock, held until commit, keeps `seq` without gaps. Gives the jobs as they are now: none, where `where` holds for
 * none (it is evaluated again after a wait for the lock).
 */
export async function changeJobs(
  db: Kysely<LedgerTables>,
  { channel, set, where }: { channel: Channel; set: RawBuilder<unknown>; where: RawBuilder<unknown> },
): Promise<JobRow[]> {
  const { rows } = await sql<JobRow>`
    with changed as (
      update jobs set ${set}, seq = seq + 1, updated_at = greatest(updated_at, clock_timestamp())
      where ${where}
      returning *
    ), ${eventOf('changed')}
    select ${jobColumns}, ${announced(channel)} from changed`.execute(db)
  return rows
}

/** The `with` clause that writes the event of each row of a clause that has changed or made jobs. */
export function eventOf(clause: string): RawBuilder<unknown> {
  return sql`event as (
    insert into job_events (job_id, seq, at, snapshot)
    select id, seq, updated_at, json_build_object(
      'status', status, 'attempt', attempt, 'maxAttempts', max_attempts, 'runAt', next_run_at,
      'storedResult', case when result_bytes is not null then json_build_object('bytes', result_bytes, 'sha256', result_sha256) end, 'files', files, 'progress', progress, 'error', error, 'deadLettered', dead_lettered,
      'startedAt', started_at, 'finishedAt', finished_at)
    from ${sql.table(clause)}
  )`
}

/** The column that announces the row's newest change when it is read. */
export function announced(channel: Channel): RawBuilder<unknown> {
  if (channel === undefined) return sql`null as announced`
  return sql`pg_notify(${channel}, ${announcement.changed} || id || ':' || seq) as announced`
}
