import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@tributary/runtime'
import pg from 'pg'
import type { JobEvents } from './JobEvents.ts'
import { type JobMessage, type MessageKind, messageKinds, readMessage, writeMessage } from './JobMessage.ts'

const channels: Record<MessageKind, string> = { changed: 'tributary_jobs', cancelRequested: 'tributary_cancellations' }

/** How long to wait before connecting again, in milliseconds. */
const reconnectAfterMs = 500

/** How long the server may take to let one in, and for a statement, in milliseconds. */
const answerTimeoutMs = 5_000

/** How long the server may take to close the connection when it is told to, in milliseconds. */
const goodbyeMs = 1_000

/** How many messages may wait to be sent; what is above that is lost, which it may be. */
const maxWaiting = 10_000

/** {@link JobEvents} by PostgreSQL's LISTEN and NOTIFY, over one connection of its own that is made anew when it breaks. */
export async function openPostgresEvents(options: {
  url: string
  hears?: readonly MessageKind[] | undefined
  log: Log
}): Promise<JobEvents> {
  const { url, hears = messageKinds, log } = options
  const listeners = new Set<(message: JobMessage) => void>()
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let isStopped = false
  /** What is sent next, in one statement, and the statement that is under way. */
  let waiting: { messages: JobMessage[]; sent: Promise<void> } | undefined
  let sending: Promise<void> = Promise.resolve()
  await connect()

  return {
    publish(message) {
      if (waiting && waiting.messages.length >= maxWaiting) return Promise.reject(new Error('Too many messages wait'))
      waiting ??= wait()
      waiting.messages.push(message)
      return waiting.sent
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
      const last = client
      client = undefined
      // A server that hangs does not say goodbye.
      if (last) await Promise.race([last.end(), sleep(goodbyeMs, undefined, { ref: false })])
    },
  }

  /** A transaction that notifies holds up all others that do until it is committed, so there is one at a time, for all that has gathered meanwhile. */
  function wait(): { messages: JobMessage[]; sent: Promise<void> } {
    const messages: JobMessage[] = []
    const sent = sending
      .catch(() => undefined)
      .then(async () => {
        waiting = undefined
        if (!client) throw new Error('Not connected to PostgreSQL at the moment')
        await client.query(
          'select pg_notify(channel, text) from unnest($1::text[], $2::text[]) as message (channel, text)',
          [messages.map(({ kind }) => channels[kind]), messages.map(writeMessage)],
        )
      })
    sending = sent
    return { messages, sent }
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      keepAlive: true,
      application_name: 'tributary job events',
      connectionTimeoutMillis: answerTimeoutMs,
      query_timeout: answerTimeoutMs,
    })
    next.on('error', (error) => lost(next, error))
    next.on('end', () => lost(next, undefined))
    next.on('notification', ({ payload }) => {
      const message = readMessage(payload ?? '')
      if (message) for (const listener of listeners) listener(message)
    })
    try {
      await next.connect()
      await next.query(hears.map((kind) => `listen ${channels[kind]}`).join('; '))
    } catch (error) {
      next.end().catch(() => undefined)
      throw error
    }
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
