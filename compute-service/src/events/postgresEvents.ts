import type { Log } from '@tributary/runtime'
import pg from 'pg'
import type { JobEvents } from './JobEvents.ts'
import { type JobMessage, readMessage, writeMessage } from './JobMessage.ts'

const channel = 'tributary_jobs'

/** How long to wait before connecting again, in milliseconds. */
const reconnectAfterMs = 500

/** {@link JobEvents} by PostgreSQL's LISTEN and NOTIFY, over one connection of its own that is made anew when it breaks. */
export async function openPostgresEvents({ url, log }: { url: string; log: Log }): Promise<JobEvents> {
  const listeners = new Set<(message: JobMessage) => void>()
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let isStopped = false
  await connect()

  return {
    channel,
    async publish(message) {
      if (!client) throw new Error('Not connected to PostgreSQL at the moment')
      await client.query('select pg_notify($1, $2)', [channel, writeMessage(message)])
    },
    listen(listener) {
      // Wrapped, so that one function may listen twice.
      const entry = (message: JobMessage) => listener(message)
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    async stop() {
      isStopped = true
      clearTimeout(retry)
      listeners.clear()
      await client?.end()
      client = undefined
    },
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'tributary job events' })
    next.on('error', (error) => lost(next, error))
    next.on('end', () => lost(next, undefined))
    next.on('notification', ({ payload }) => {
      const message = readMessage(payload ?? '')
      if (message) for (const listener of listeners) listener(message)
    })
    await next.connect()
    await next.query(`listen ${channel}`)
    if (isStopped) return next.end()
    client = next
  }

  function lost(from: pg.Client, error: Error | undefined): void {
    if (isStopped || client !== from) return
    client = undefined
    log.warn({ err: error }, 'job events: connection lost')
    from.end().catch(() => {})
    reconnect()
  }

  function reconnect(): void {
    retry = setTimeout(() => {
      connect().catch((error) => {
        log.warn({ err: error }, 'job events: still not connected')
        if (!isStopped) reconnect()
      })
    }, reconnectAfterMs)
  }
}
