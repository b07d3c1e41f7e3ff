import type { Running } from '@tributary/runtime'
import pg from 'pg'
import type { LedgerEvent } from './checkHistory.ts'

/** What the torture test does with the ledger's database besides following jobs. */
export type TortureStore = Running & {
  /** Cuts every connection to any database of the server but its own. */
  cutConnections(): Promise<void>
  /** Every event of every job, in order. */
  readLogs(): Promise<Map<string, LedgerEvent[]>>
  /** How many jobs there are of each status, for people. */
  describe(): Promise<string>
}

/** A {@link TortureStore}. Connections that break are made anew. */
export function openTortureStore(databaseUrl: string): TortureStore {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    async cutConnections() {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
    },
    async readLogs() {
      const { rows } = await pool.query(
        `select job_id as "jobId", seq, snapshot->>'status' as status, (snapshot->>'attempt')::int as attempt,
           (snapshot->>'deadLettered')::boolean as "deadLettered", snapshot->'progress' as progress
         from job_events order by job_id, seq`,
      )
      const logs = new Map<string, LedgerEvent[]>()
      for (const { jobId, ...event } of rows) {
        const log = logs.get(jobId)
        if (log) log.push(event)
        else logs.set(jobId, [event])
      }
      return logs
    },
    async describe() {
      const { rows } = await pool.query('select status, count(*)::int as n from jobs group by status order by status')
      return rows.map(({ status, n }) => `${n} ${status}`).join(', ')
    },
    stop: () => pool.end(),
  }
}
