import { type Kysely, sql } from 'kysely'
import type { LedgerTables } from '../tables.ts'
import { type ClaimLimits, claimable } from './claimLimits.ts'

type Db = Kysely<LedgerTables>

/** A queued job that nobody has picked up, the attempts it has had, and how often it has been taken to be sent again. */
export type Undelivered = { id: string; attempt: number; resend: number }

/** How many queued jobs are due that the limits let run. */
export async function countDue(db: Db, limits: ClaimLimits): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from jobs where ${claimable(limits)}`.execute(db)
  return rows[0]?.count ?? 0
}

/** The jobs that the limits let run and that have been due for longer than `ageMs`, since they were last taken here; in the order of claims. */
export async function takeUndelivered(
  db: Db,
  { ageMs, limit, limits }: { ageMs: number; limit: number; limits: ClaimLimits },
): Promise<Undelivered[]> {
  const { rows } = await sql<Undelivered>`
    update jobs set resends = resends + 1, resent_at = clock_timestamp()
    where id in (
      select id from jobs
      where ${claimable(limits)} and greatest(next_run_at, resent_at) < clock_timestamp() - ${ageMs} * interval '1 millisecond'
      order by priority desc, next_run_at limit ${limit} for update skip locked
    )
    returning id, attempt, resends as resend`.execute(db)
  return rows
}

/** The jobs that ended longer ago than `ageMs`, the oldest first, at most `limit` behind the first `skip`. */
export async function readExpired(
  db: Db,
  { ageMs, limit, skip = 0 }: { ageMs: number; limit: number; skip?: number },
): Promise<{ id: string; hasFiles: boolean }[]> {
  return db
    .selectFrom('jobs')
    .select(['id', 'has_files as hasFiles'])
    .where('finished_at', '<', sql<Date>`clock_timestamp() - ${ageMs} * interval '1 millisecond'`)
    .orderBy('finished_at')
    .limit(limit)
    .offset(skip)
    .execute()
}

/** Removes those of these jobs, with their events, of which {@link readExpired} still holds. */
export async function removeExpired(db: Db, { ids, ageMs }: { ids: readonly string[]; ageMs: number }): Promise<void> {
  await sql`
    delete from jobs where id = any(${ids}::uuid[])
      and finished_at < clock_timestamp() - ${ageMs} * interval '1 millisecond'`.execute(db)
}

/**
 * Whether it is this process's turn at a chore that all processes share: true for one of them, when `everyMs` have passed since the last
 * turn. Nothing is held, so that a process that is frozen or killed during its turn keeps nobody from the next one.
 */
export async function takeTurn(db: Db, { chore, everyMs }: { chore: string; everyMs: number }): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('job_chores')
    .set({ taken_at: sql`clock_timestamp()` })
    .where('chore', '=', chore)
    .where('taken_at', '<', sql<Date>`clock_timestamp() - ${everyMs} * interval '1 millisecond'`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
