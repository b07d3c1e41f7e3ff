import pg from 'pg'
import { StartupError } from '../process/StartupError.ts'
import { systemErrorCode } from './systemErrorCode.ts'

/** Creates a database unless it is there already; `url` is of any database of the same server. */
export async function createDatabase(options: { url: string; name: string }): Promise<void> {
  const { name } = options
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    throw new Error(
      `Expected a database name of lower-case letters, digits and underscores, got ${JSON.stringify(name)}`,
    )
  }
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 3_000, query_timeout: 30_000 })
  // A server that hangs up tells by an event as well, also as soon as it has let one in.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === insufficientPrivilege) {
      throw new StartupError(
        `The database user may not create the database ${name}: create it, or grant the user of DATABASE_URL the right CREATEDB.`,
      )
    }
    // Another process was faster.
    if (code !== duplicateDatabase && code !== uniqueViolation) throw error
  } finally {
    await client.end()
  }
}

const insufficientPrivilege = '42501'
const duplicateDatabase = '42P04'
const uniqueViolation = '23505'
