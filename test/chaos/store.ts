import type { Running } from '@tributary/runtime'
import pg from 'pg'

/** What the chaos test writes beside the ledger, in the same database, and what it counts in the end. */
export type ChaosStore = Running & {
  createTables(): Promise<void>
  writeStart(start: { jobId: string; attempt: number; pid: number }): Promise<void>
  /**
   * Writes the effect of the job with a plain insert, in one transaction with the check that the attempt is the job's newest one and runs. An
   * earlier attempt may have written it and died before it could say so: then there is nothing to do. Throws when the attempt is fenced off;
   * records, and throws, when the effect is there although the check said no: that would be a second effect.
   */
  writeEffect(effect: { jobId: string; attempt: number }): Promise<void>
  countOpen(): Promise<number>
  /** How many jobs there are of each status, for people. */
  describe(): Promise<string>
  readVerdict(): Promise<Verdict>
  /** How long after the instant each job that the process ran then was queued again, in milliseconds. */
  readRequeues(losses: readonly { pid: number; at: Date }[]): Promise<number[]>
  readSomeIds(limit: number): Promise<string[]>
}

/** `withoutEffect` counts jobs that say they have succeeded, `secondEffects` writes that the unique key had to stop, and second ends. */
export type Verdict = { jobs: number; open: number; failed: number; withoutEffect: number; secondEffects: number }

/** A {@link ChaosStore}. Connections that break are made anew. */
export function openChaosStore(options: { databaseUrl: string; maxConnections: number }): ChaosStore {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 30_000,
    // A task that is frozen within its transaction must not hold the job's row.
    idle_in_transaction_session_timeout: 1_000,
  })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))

  return {
    async createTables() {
      await pool.query(`
        create table chaos_starts (job_id uuid, attempt int, pid int, at timestamptz default clock_timestamp());
        create table chaos_effects (job_id uuid, effect text, attempt int, primary key (job_id, effect));
        create table chaos_seconds (job_id uuid, attempt int)`)
    },
    async writeStart({ jobId, attempt, pid }) {
      await pool.query('insert into chaos_starts (job_id, attempt, pid) values ($1, $2, $3)', [jobId, attempt, pid])
    },
    async writeEffect({ jobId, attempt }) {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        await client.query('begin')
        const { rows } = await client.query(
          `select exists (select from chaos_effects where job_id = jobs.id) as "isDone" from jobs
           where id = $1 and attempt = $2 and status = 'RUNNING' for update`,
          [jobId, attempt],
        )
        if (!rows[0]) throw new Error(`Attempt ${attempt} of ${jobId} is fenced off`)
        if (!rows[0].isDone) {
          await client.query(`insert into chaos_effects values ($1, 'row', $2)`, [jobId, attempt])
        }
        await client.query('commit')
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error))
        throw error
      } finally {
        client.release(broken)
        if (broken && 'code' in broken && broken.code === '23505') {
          await pool.query('insert into chaos_seconds values ($1, $2)', [jobId, attempt])
        }
      }
    },
    async countOpen() {
      const { rows } = await pool.query(`select count(*)::int as n from jobs where status in ('QUEUED', 'RUNNING')`)
      return rows[0].n
    },
    async describe() {
      const { rows } = await pool.query('select status, count(*)::int as n from jobs group by status order by status')
      return rows.map(({ status, n }) => `${n} ${status}`).join(', ')
    },
    async readVerdict() {
      const { rows } = await pool.query(`select
        (select count(*)::int from jobs) as jobs,
        (select count(*)::int from jobs where status in ('QUEUED', 'RUNNING')) as open,
        (select count(*)::int from jobs where status in ('FAILED', 'CANCELLED')) as failed,
        (select count(*)::int from jobs where status = 'SUCCEEDED'
          and not exists (select from chaos_effects where job_id = id)) as "withoutEffect",
        (select count(*)::int from chaos_seconds) + (select count(*)::int from (
          select from job_events where snapshot->>'status' = 'SUCCEEDED' group by job_id having count(*) > 1
        ) twice) as "secondEffects"`)
      return rows[0]
    },
    async readRequeues(losses) {
      const { rows } = await pool.query(
        `select extract(epoch from queued.at - loss.at)::float * 1000 as ms
         from unnest($1::int[], $2::timestamptz[]) as loss (pid, at)
         join chaos_starts start on start.pid = loss.pid and start.at <= loss.at
         join job_events queued on queued.job_id = start.job_id
           and queued.snapshot->>'status' = 'QUEUED' and (queued.snapshot->>'attempt')::int = start.attempt
           and queued.snapshot->'error'->>'code' = 'JOB_WORKER_LOST'
         where queued.at > loss.at`,
        [losses.map(({ pid }) => pid), losses.map(({ at }) => at)],
      )
      return rows.map(({ ms }) => ms)
    },
    async readSomeIds(limit) {
      const { rows } = await pool.query('select id from jobs order by random() limit $1', [limit])
      return rows.map(({ id }) => id)
    },
    stop: () => pool.end(),
  }
}
