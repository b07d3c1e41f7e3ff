import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { type Channel, changeJobs } from './changeJobs.ts'
import { type ClaimLimits, claimable, fitsLimits, type KindLimits } from './claimLimits.ts'
import { toJob } from './jobColumns.ts'
import { letGoWhenFrozen } from './letGoWhenFrozen.ts'

type Db = Kysely<LedgerTables>

type Candidate = { id: string; owner: string; kind: string }

/** How often to look for another job when somebody else has just taken the last place that this one's owner or kind had. */
const maxTries = 5

/**
 * QUEUED and due -> RUNNING under the next attempt, for as long as the lease lasts. Without an `id` it is the job of the highest priority
 * that the limits let run, of those the one that has been due for longest. Gives the job and its input, or undefined.
 *
 * Limits are exact: whoever claims holds a lock on the owner, and on a limited kind, until the claim is committed, and counts behind it.
 */
export async function claim(
  db: Db,
  options: { id: string | undefined; leaseMs: number; limits: ClaimLimits; channel: Channel },
): Promise<{ job: Job; input: unknown } | undefined> {
  for (let tries = 0; tries < maxTries; tries++) {
    const claimed = await db.transaction().execute((transaction) => tryClaim(transaction, options))
    if (claimed === 'outrun') continue
    if (claimed === undefined) return undefined
    const { input } = await db.selectFrom('jobs').select('input').where('id', '=', claimed.id).executeTakeFirstOrThrow()
    return { job: claimed, input }
  }
  return undefined
}

async function tryClaim(
  transaction: Transaction<LedgerTables>,
  options: { id: string | undefined; leaseMs: number; limits: ClaimLimits; channel: Channel },
): Promise<Job | 'outrun' | undefined> {
  const { id, leaseMs, limits, channel } = options
  const candidate = await lockCandidate(transaction, id, limits)
  if (!candidate) return undefined
  const kindLimits = limits.kinds.find(({ kind }) => kind === candidate.kind)
  // A statement of its own, so that the next ones see what those who held the locks before have committed.
  const locks = locksOf(candidate, limits, kindLimits)
  if (locks.length > 0) await sql`select ${sql.join(locks)}`.execute(transaction)
  const [row] = await changeJobs(transaction, {
    channel,
    set: sql`status = 'RUNNING', attempt = attempt + 1, progress = null, handed_over = false, started_at = clock_timestamp(),
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
    where: sql`id = ${candidate.id} and status = 'QUEUED' and ${fitsLimits(candidate, limits, kindLimits)}`,
  })
  if (!row) return 'outrun'
  if (kindLimits?.everyMs !== undefined) await reserveStart(transaction, candidate.kind, kindLimits.everyMs)
  return toJob(row)
}

async function lockCandidate(
  transaction: Transaction<LedgerTables>,
  id: string | undefined,
  limits: ClaimLimits,
): Promise<Candidate | undefined> {
  const which = id === undefined ? sql`true` : sql`id = ${id}`
  const { rows } = await sql<Candidate>`
    select id, owner, kind, ${letGoWhenFrozen} from jobs
    where ${which} and ${claimable(limits)}
    order by priority desc, next_run_at limit 1 for update skip locked`.execute(transaction)
  return rows[0]
}

/** The owner's lock before the kind's: all take them in this order. */
function locksOf(
  { owner, kind }: Candidate,
  limits: ClaimLimits,
  kindLimits: KindLimits | undefined,
): RawBuilder<unknown>[] {
  const locks: RawBuilder<unknown>[] = []
  if (limits.perOwner !== undefined) locks.push(sql`pg_advisory_xact_lock(${ownerLocks}::int, hashtext(${owner}))`)
  if (kindLimits) locks.push(sql`pg_advisory_xact_lock(${kindLocks}::int, hashtext(${kind}))`)
  return locks
}

/** Starts of a kind with a rate are evenly spaced: the next one is due one interval after this one. */
async function reserveStart(transaction: Transaction<LedgerTables>, kind: string, everyMs: number): Promise<void> {
  await sql`
    insert into job_kind_starts (kind, next_at) values (${kind}, clock_timestamp() + ${everyMs} * interval '1 millisecond')
    on conflict (kind) do update set next_at = excluded.next_at`.execute(transaction)
}

/** Name spaces of advisory locks that nothing else in this database uses. */
const ownerLocks = 7_261_105
const kindLocks = 7_261_106
