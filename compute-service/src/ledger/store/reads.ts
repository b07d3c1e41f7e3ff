import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Job, JobEvent, JobStatus } from '../Job.ts'
import type { LedgerTables, Snapshot } from '../tables.ts'
import { jobColumnNames, toJob } from './jobColumns.ts'

type Db = Kysely<LedgerTables>

/** The jobs that there are among these ids, in no particular order. */
export async function readJobs(db: Db, ids: readonly string[]): Promise<Job[]> {
  const rows = await db.selectFrom('jobs').select(jobColumnNames).where('id', '=', anyOf(ids)).execute()
  return rows.map(toJob)
}

/** What jobs were given, of those that there are. */
export async function readInputs(db: Db, ids: readonly string[]): Promise<{ id: string; input: unknown }[]> {
  return db.selectFrom('jobs').select(['id', 'input']).where('id', '=', anyOf(ids)).execute()
}

/** What jobs gave, of those that have succeeded. */
export async function readResults(db: Db, ids: readonly string[]): Promise<{ id: string; result: unknown }[]> {
  return db
    .selectFrom('jobs')
    .select(['id', 'result'])
    .where('id', '=', anyOf(ids))
    .where('status', '=', 'SUCCEEDED')
    .execute()
}

/** The newest `seq` of each job. */
export async function readSeqs(db: Db, ids: readonly string[]): Promise<{ id: string; seq: number }[]> {
  return db.selectFrom('jobs').select(['id', 'seq']).where('id', '=', anyOf(ids)).execute()
}

export type JobFilter = { owner: string; status?: JobStatus | undefined; kind?: string | undefined }

/** An owner's jobs, newest first, from below `beforeNumber` on. */
export async function listJobs(
  db: Db,
  { filter, beforeNumber, limit }: { filter: JobFilter; beforeNumber: number | undefined; limit: number },
): Promise<Job[]> {
  let query = filtered(db, filter).select(jobColumnNames).orderBy('number', 'desc').limit(limit)
  if (beforeNumber !== undefined) query = query.where('number', '<', beforeNumber)
  return (await query.execute()).map(toJob)
}

/** How many jobs {@link listJobs} could give in all. */
export async function countJobs(db: Db, filter: JobFilter): Promise<number> {
  const { count } = await filtered(db, filter)
    .select((expression) => expression.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A job's events after a `seq`, in order, at most `limit`. */
export async function readEvents(
  db: Db,
  { id, after, limit }: { id: string; after: number; limit: number },
): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('job_events')
    .select(['seq', 'at', 'snapshot'])
    .where('job_id', '=', id)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ seq: row.seq, at: row.at.toISOString(), state: toState(row.snapshot) }))
}

function filtered(db: Db, filter: JobFilter) {
  let query = db.selectFrom('jobs').where('owner', '=', filter.owner)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
  return query
}

function toState({ runAt, ...snapshot }: Snapshot): JobEvent['state'] {
  return {
    ...snapshot,
    ...(runAt !== undefined && { runAt: new Date(runAt).toISOString() }),
    startedAt: toIso(snapshot.startedAt),
    finishedAt: toIso(snapshot.finishedAt),
  }
}

function toIso(instant: string | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}

/** Ids come from clients: PostgreSQL refuses a whole statement for one that is no UUID. */
export function anyOf(ids: readonly string[]): RawBuilder<string> {
  return sql`any(${ids.filter((id) => uuid.test(id))}::uuid[])`
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
