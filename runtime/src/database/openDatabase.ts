import { Socket } from 'node:net'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Running } from '../process/Running.ts'
import { preparing } from './preparing.ts'

/** How long statements under way may take once it is stopped, in milliseconds: then their connections are closed. */
const stopGraceMs = 1_000

/** One database: Kysely for statements, and the pool below it for what Kysely cannot do. */
export type Database<Tables> = Running & { kysely: Kysely<Tables>; pool: pg.Pool }

/**
 * Opens a pool of connections to a database; the first one is made by the first statement. NUMERIC and BIGINT come as exact
 * strings, DATE as `2016-11-08`, TIMESTAMPTZ as a `Date`. Waiting for a connection ends after 5 s, a statement after 30 s.
 */
export function openDatabase<Tables>(options: {
  url: string
  /** How many connections the pool may hold, 10 by default. */
  maxConnections?: number
  /**
   * Whether statements are prepared under a name of their own once a connection: the server parses and plans them once, which for a small one is
   * most of what it costs. Not behind a pooler that changes the connection between two statements.
   */
  isPrepared?: boolean
  /** Told of every statement as it has been sent; for tests and traces. */
  onStatement?(sql: string): void
}): Database<Tables> {
  const sockets = new Set<Socket>()
  const pool = new pg.Pool({
    stream: openSocket,
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    // Above the server's own timeout: it ends the wait only when the server is gone without a word.
    query_timeout: 35_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    types: { getTypeParser },
  })
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // Nor may one that breaks between two statements of a transaction: the next statement rejects.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const { onStatement } = options
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: options.isPrepared ? preparing(pool) : pool }),
    ...(onStatement && { log: (event) => onStatement(event.query.sql) }),
  })
  let stopping: Promise<void> | undefined
  return {
    kysely,
    pool,
    stop() {
      stopping ??= end()
      return stopping
    },
  }

  function openSocket(): Socket {
    const socket = new Socket()
    sockets.add(socket)
    return socket.once('close', () => sockets.delete(socket))
  }

  async function end(): Promise<void> {
    // A server that hangs ends neither its statements nor its connections: whoever waits for one is let go.
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, stopGraceMs)
    await kysely.destroy()
    if (!pool.ended) await pool.end()
    clearTimeout(timer)
  }
}

/** The ids of DATE and DATE[] in PostgreSQL's catalogue. */
const dateOid = 1082
const dateArrayOid = 1182

/** pg reads a DATE as midnight in this process's time zone, which is another day elsewhere: keep it as it was written. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === dateOid) return (text: string) => text
  // An array of text is read with the same rules.
  return pg.types.getTypeParser(oid === dateArrayOid ? textArrayOid : oid, format)
}

const textArrayOid = 1009
