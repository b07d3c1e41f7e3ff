import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { connectDatabaseServer } from '../database/index.ts'
import { testServerUrl } from './config.ts'

/** An empty database, for one suite. */
export type TestDatabase = {
  url: string
  /** Removes it, whatever connections are open. */
  drop(): Promise<void>
}

/** Makes an empty database on the real PostgreSQL server that jest's global setup started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = testServerUrl()
  const server = await connectDatabaseServer({ url: serverUrl })
  const name = `test_${randomBytes(8).toString('hex')}`
  return {
    url: await server.openUrl(name),
    async drop() {
      const client = new pg.Client({ connectionString: serverUrl })
      await client.connect()
      try {
        await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
      } finally {
        await client.end()
      }
    },
  }
}
