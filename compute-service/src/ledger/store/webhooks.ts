import { type Kysely, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { afterMs } from './afterMs.ts'
import { type JobRow, jobColumns, toJob } from './jobColumns.ts'
import { anyOf } from './reads.ts'

type Db = Kysely<LedgerTables>

/** A webhook that is to be sent now, as the `number`th try, with the job that has ended. */
export type DueWebhook = { job: Job; url: string; number: number }

/** How a job's webhook stands. `attempts` are in order, the newest 100 of them. */
export type Webhook = {
  url: string
  status: WebhookStatus
  attempts: { at: string; status: number | null; error: string | null }[]
}

export type WebhookStatus = 'PENDING' | 'DELIVERED' | 'FAILED'

/** How long after a job's end its webhook is given up, and the shortest and longest wait between two tries, in milliseconds. */
const giveUpAfterMs = 24 * 3_600_000
const minDelayMs = 5_000
const maxDelayMs = 3_600_000

/** How many webhooks to take: `perOwner` at most of each owner, and none of `busyOwners`. */
export type TakeWebhooks = { limit: number; perOwner: number; busyOwners: readonly string[]; leaseMs: number }

/** How many of those that have been due for longest are looked at to find some of each owner. */
const maxLookedAt = 1_000

/**
 * Takes webhooks of jobs that have ended, to be sent now: nobody else gets them for `leaseMs`. The try is written down before it is made, so
 * that one whose sender dies is seen, too.
 */
export async function takeWebhooks(
  db: Db,
  { limit, perOwner, busyOwners, leaseMs }: TakeWebhooks,
): Promise<DueWebhook[]> {
  const isDue = sql`webhook_status = 'PENDING' and finished_at is not null and webhook_next_at <= clock_timestamp()`
  const { rows } = await sql<JobRow & { webhook_url: string; webhook_tries: number }>`
    with taken as (
      update jobs set webhook_tries = webhook_tries + 1, webhook_next_at = ${afterMs(leaseMs)}
      where id in (
        select id from jobs
        where ${isDue} and id = any(array(
          select id from (
            select id, webhook_next_at, row_number() over (partition by owner order by webhook_next_at) as place
            from (
              select id, owner, webhook_next_at from jobs where ${isDue} and owner <> all(${busyOwners}::text[])
              order by webhook_next_at limit ${maxLookedAt}
            ) due
          ) placed
          where place <= ${perOwner} order by webhook_next_at limit ${limit}
        ))
        for update skip locked
      )
      returning *
    ), noted as (
      insert into job_webhook_attempts (job_id, number, at) select id, webhook_tries, clock_timestamp() from taken
    )
    select ${jobColumns}, webhook_url, webhook_tries from taken`.execute(db)
  return rows.map((row) => ({ job: toJob(row), url: row.webhook_url, number: row.webhook_tries }))
}

/**
 * Writes what came of a try. One that failed is followed by another after about as long as it has been since the job's end (5 s at
 * least, an hour at most, a quarter more or less at random): an exponential backoff. The last one is 24 h after the end.
 */
export async function noteWebhook(
  db: Db,
  { job, number }: DueWebhook,
  outcome: { isDelivered: boolean; status: number | null; error: string | null },
): Promise<void> {
  const { isDelivered, status, error } = outcome
  const giveUpAt = sql`finished_at + ${giveUpAfterMs} * interval '1 millisecond'`
  const ageMs = sql`(1000 * extract(epoch from clock_timestamp() - finished_at))`
  const delayMs = sql`greatest(${minDelayMs}, least(${maxDelayMs}, ${ageMs})) * (0.75 + random() / 2)`
  await sql`
    with noted as (
      update job_webhook_attempts set status = ${status}::int, error = ${error}
      where job_id = ${job.id} and number = ${number}
    )
    update jobs set
      webhook_status = case when ${isDelivered}::boolean then 'DELIVERED'
        when clock_timestamp() >= ${giveUpAt} then 'FAILED' else 'PENDING' end,
      webhook_next_at = least(${afterMs(delayMs)}, ${giveUpAt})
    where id = ${job.id} and webhook_tries = ${number} and seq = ${job.seq}`.execute(db)
}

/** The webhooks of those of the jobs that have one. */
export async function readWebhooks(db: Db, ids: readonly string[]): Promise<({ id: string } & Webhook)[]> {
  const { rows } = await sql<{ id: string } & Webhook>`
    select id, webhook_url as url, webhook_status as status, coalesce((
      select json_agg(newest order by number) from (
        select number, at, status, error from job_webhook_attempts where job_id = jobs.id order by number desc limit 100
      ) newest
    ), '[]') as attempts
    from jobs where id = ${anyOf(ids)} and webhook_url is not null`.execute(db)
  return rows.map(({ id, url, status, attempts }) => ({
    id,
    url,
    status,
    attempts: attempts.map((attempt) => ({
      at: new Date(attempt.at).toISOString(),
      status: attempt.status,
      error: attempt.error,
    })),
  }))
}
