import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { changeJobs, changing } from './changeJobs.ts'
import { type ClaimLimits, limitArguments } from './claimLimits.ts'
import { type JobRow, jobColumns, toJob } from './jobColumns.ts'

type Db = Kysely<LedgerTables>

/** How often to look for another job when somebody else has just taken the last place that this one's owner or kind had. */
const maxTries = 5

/** A job that was claimed, and what it was given. */
export type Claimed = { job: Job; input: unknown }

/** QUEUED and due -> RUNNING under the next attempt, for as long as the lease lasts: the job with this id, whatever the limits. */
export async function claim(db: Db, { id, leaseMs }: { id: string; leaseMs: number }): Promise<Claimed | undefined> {
  const [row] = await changeJobs(db, {
    set: claimed(leaseMs),
    where: sql`id = ${id} and status = 'QUEUED' and next_run_at <= clock_timestamp()`,
  })
  if (!row) return undefined
  const { input } = await db.selectFrom('jobs').select('input').where('id', '=', row.id).executeTakeFirstOrThrow()
  return { job: toJob(row), input }
}

/**
 * The same with the job of the highest priority that the limits let run, of those the one that has been due for longest. One statement: the
 * function `choose_job`, see the migrations, locks the job, and its owner and limited kind until the commit, and counts behind that, so limits
 * are exact.
 */
export async function claimNext(
  db: Db,
  { leaseMs, limits }: { leaseMs: number; limits: ClaimLimits },
): Promise<Claimed | undefined> {
  for (let tries = 0; tries < maxTries; tries++) {
    const { rows } = await sql<{ chosen: string | null; input: unknown } & (JobRow | { id: null })>`
      with choice as materialized (select choose_job(${limitArguments(limits)}) as chosen), ${changing({
        set: claimed(leaseMs),
        where: sql`id = (select chosen from choice) and status = 'QUEUED'`,
      })}
      select chosen, input, ${jobColumns} from choice left join changed on true`.execute(db)
    const [row] = rows
    if (!row || row.chosen === null) return undefined
    if (row.id !== null) return { job: toJob(row), input: row.input }
  }
  return undefined
}

/** For how long no job of the kind may start because of its rate, in milliseconds. */
export async function readStartDelay(db: Db, kind: string): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select greatest(0, 1000 * extract(epoch from next_at - clock_timestamp()))::float8 as ms
    from job_kind_starts where kind = ${kind}`.execute(db)
  return rows[0]?.ms ?? 0
}

function claimed(leaseMs: number): RawBuilder<unknown> {
  return sql`status = 'RUNNING', attempt = attempt + 1, progress = null, handed_over = false, started_at = clock_timestamp(),
    lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'`
}
