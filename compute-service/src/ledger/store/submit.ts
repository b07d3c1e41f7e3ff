import { type Kysely, sql } from 'kysely'
import type { Job } from '../Job.ts'
import type { LedgerTables } from '../tables.ts'
import { eventOf } from './changeJobs.ts'
import { type JobRow, jobColumnNames, jobColumns, toJob } from './jobColumns.ts'

/** What a job is made of. */
export type Submission = {
  kind: string
  inputJson: string
  /** SHA-256 of the kind and the input, alike for inputs that mean the same. */
  inputHash: Buffer
  owner: string
  idempotencyKey: string | undefined
  maxAttempts: number
  /** How long it may take in all, from when it may start, in milliseconds. */
  timeoutMs?: number | undefined
  priority?: number
  /** When it may start; at once without it. */
  runAt?: Date | undefined
  /** Where its end is told. */
  webhookUrl?: string | undefined
}

export type Submitted = { kind: 'created'; job: Job } | { kind: 'existing'; job: Job } | { kind: 'conflict' }

/**
 * Writes the job and its first event, unless the owner has used the idempotency key before: then gives the job made then (`existing`),
 * or `conflict` when that was of another kind or input.
 */
export async function submit(db: Kysely<LedgerTables>, submission: Submission): Promise<Submitted> {
  const {
    kind,
    inputJson,
    inputHash,
    owner,
    idempotencyKey,
    maxAttempts,
    priority = 0,
    runAt,
    timeoutMs,
    webhookUrl,
  } = submission
  const { rows } = await sql<JobRow>`
    with made as (
      insert into jobs (kind, input, input_hash, owner, idempotency_key, max_attempts, priority, next_run_at, deadline_at,
        webhook_url, webhook_status, webhook_next_at)
      values (${kind}, ${inputJson}::json, ${inputHash}, ${owner}, ${idempotencyKey ?? null}, ${maxAttempts},
        ${priority}::int, coalesce(${runAt ?? null}::timestamptz, clock_timestamp()),
        coalesce(${runAt ?? null}::timestamptz, clock_timestamp()) + ${timeoutMs ?? null}::float8 * interval '1 millisecond',
        ${webhookUrl ?? null}, ${webhookUrl === undefined ? null : 'PENDING'}, clock_timestamp())
      on conflict (owner, idempotency_key) do nothing
      returning *
    ), ${eventOf('made')}
    select ${jobColumns} from made`.execute(db)
  const [made] = rows
  if (made) return { kind: 'created', job: toJob(made) }
  const existing = await db
    .selectFrom('jobs')
    .select([...jobColumnNames, 'input_hash'])
    .where('owner', '=', owner)
    .where('idempotency_key', '=', idempotencyKey ?? null)
    .executeTakeFirstOrThrow()
  if (!existing.input_hash.equals(inputHash)) return { kind: 'conflict' }
  return { kind: 'existing', job: toJob(existing) }
}
