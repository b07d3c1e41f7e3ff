import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { StartupError } from '../process/StartupError.ts'
import { createDatabase } from './createDatabase.ts'
import type { DatabaseServer } from './DatabaseServer.ts'
import { systemErrorCode } from './systemErrorCode.ts'

/** How long a server may take to answer, in milliseconds. */
const answerTimeoutMs = 3_000

/**
 * A PostgreSQL server that runs already. `url` is of a database in it that the user may connect to (`postgresql://user:password@host:5432/postgres`);
 * the services' databases are made beside that one. Throws a {@link StartupError} when it does not answer within 3 s or refuses the login.
 */
export async function connectDatabaseServer(options: { url: string }): Promise<DatabaseServer> {
  const url = parseUrl(options.url)
  await checkLogin(url)
  return {
    async openUrl(name) {
      await createDatabase({ url: url.href, name })
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    async stop() {},
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'postgresql:' && url?.protocol !== 'postgres:') {
    throw new StartupError(
      'DATABASE_URL is not the address of a database: expected postgresql://user:password@host:5432/database.',
    )
  }
  if (url.pathname.length <= 1) url.pathname = '/postgres'
  return url
}

async function checkLogin(url: URL): Promise<void> {
  const deadline = Date.now() + answerTimeoutMs
  for (;;) {
    const error = await tryLogin(url.href, Math.max(1, deadline - Date.now()))
    if (error === undefined) return
    if (systemErrorCode(error) !== isStarting || Date.now() > deadline) throw explain(error, url)
    await delay(100)
  }
}

async function tryLogin(connectionString: string, connectionTimeoutMillis: number): Promise<unknown> {
  let client: pg.Client | undefined
  try {
    client = new pg.Client({ connectionString, connectionTimeoutMillis, query_timeout: answerTimeoutMs })
    // A server that hangs up later tells by an event as well.
    client.on('error', () => undefined)
    await client.connect()
    await client.query('SELECT 1')
    return undefined
  } catch (error) {
    return error
  } finally {
    await client?.end().catch(() => undefined)
  }
}

const isStarting = '57P03'

/** One sentence that never shows the password. */
function explain(error: unknown, url: URL): StartupError {
  const place = `${url.searchParams.get('host') ?? (url.hostname || 'localhost')}:${url.port || 5432}`
  const code = systemErrorCode(error)
  switch (code) {
    case '28P01':
    case '28000':
      return new StartupError(
        `The database at ${place} refuses the login of user "${decodeURIComponent(url.username)}": correct the name and password in DATABASE_URL.`,
      )
    case '3D000':
      return new StartupError(
        `The database server at ${place} has no database "${decodeURIComponent(url.pathname.slice(1))}": name one that exists in DATABASE_URL.`,
      )
    default: {
      const reason = code ?? (error instanceof Error ? error.message : String(error))
      return new StartupError(
        `The database at ${place} does not answer (${reason}): start it, or correct DATABASE_URL.`,
      )
    }
  }
}
