import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { type Change, changeJobs, changing } from './changeJobs.ts'
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

/** For how long a claim is good, in milliseconds, what may run, and whose job whoever claims has taken last. */
export type ClaimTerms = { leaseMs: number; limits: ClaimLimits; lastOwner?: string | undefined }

/**
 * The same with a job of the highest priority that the limits let run: of the owner, behind the last one, who has fewest running, the one that has
 * been due for longest. One statement: the function `choose_job`, see the migrations, locks the job, and its owner and limited kind until the commit,
 * and counts behind that, so limits are exact.
 */
export async function claimNext(db: Db, terms: ClaimTerms): Promise<Claimed | undefined> {
  for (let tries = 0; tries < maxTries; tries++) {
    const { rows } = await sql<Choice>`
      with choice as materialized (select ${chosen(terms)}), ${claimingChoice(terms)}
      select ${choiceColumns}`.execute(db)
    const choice = readChoice(rows[0])
    if (choice !== 'taken') return choice
  }
  return undefined
}

/** A start of a kind with a rate that nobody has made yet: `start` names it, and it may not be made for `delayMs`, in milliseconds. */
export type NextStart = { start: number; delayMs: number }

/** The next start of a kind with a rate; undefined while there was none. */
export async function readNextStart(db: Db, kind: string): Promise<NextStart | undefined> {
  const { rows } = await sql<NextStart>`
    select (1000000 * extract(epoch from next_at))::float8 as start,
      greatest(0, 1000 * extract(epoch from next_at - clock_timestamp()))::float8 as "delayMs"
    from job_kind_starts where kind = ${kind}`.execute(db)
  return rows[0]
}

/**
 * Changes one job and claims the next one, in one statement. `choose_job` comes behind the change and sees it, as a volatile function does
 * (PostgreSQL, "Visibility of Data Changes"): the place of a job that ends is free for the next one. Others see the change only once all of this
 * is committed and may find that place taken until then, so whoever gets no job here looks again.
 */
export async function changeAndClaim(
  db: Db,
  change: Change,
  terms: ClaimTerms,
): Promise<{ changed: JobRow | undefined; next: Claimed | undefined }> {
  const { rows } = await sql<({ isChoice: false } & JobRow) | ({ isChoice: true } & Choice)>`
    with ${changing(change)},
    choice as materialized (select ${chosen(terms)} from (select count(*) from changed) as behind), ${claimingChoice(terms)}
    select false as "isChoice", null::uuid as chosen, null::json as input, ${jobColumns} from changed
    union all select true, ${choiceColumns}`.execute(db)
  let changed: JobRow | undefined
  let choice: Claimed | 'taken' | undefined
  for (const row of rows) {
    if (!row.isChoice) changed = row
    else choice = readChoice(row)
  }
  return { changed, next: choice === 'taken' ? await claimNext(db, terms) : choice }
}

/** A row of {@link choiceColumns}: `chosen` is null where no job may run, the rest where others were faster. */
type Choice = { chosen: string | null; input: unknown } & (JobRow | { id: null })

const choiceColumns = sql`chosen, input, ${jobColumns} from choice left join claimed on true`

function chosen({ limits, lastOwner }: ClaimTerms): RawBuilder<unknown> {
  return sql`choose_job(${limitArguments(limits)}, ${lastOwner ?? null}::text) as chosen`
}

/**
 * Where the job was not queued yet as the statement began, it counts as taken: constraints are checked on what it was then. Not by `status = 'QUEUED'`, for which
 * PostgreSQL would read all that is queued.
 */
function claimingChoice({ leaseMs }: ClaimTerms): RawBuilder<unknown> {
  return changing(
    {
      set: claimed(leaseMs),
      where: sql`id = (select chosen from choice) and finished_at is null and lease_until is null`,
    },
    'claimed',
  )
}

function readChoice(row: Choice | undefined): Claimed | 'taken' | undefined {
  if (!row || row.chosen === null) return undefined
  return row.id === null ? 'taken' : { job: toJob(row), input: row.input }
}

function claimed(leaseMs: number): RawBuilder<unknown> {
  return sql`status = 'RUNNING', attempt = attempt + 1, progress = null, handed_over = false, started_at = clock_timestamp(),
    lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'`
}
