import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createTestDatabase, silentLog, type TestDatabase } from '@tributary/runtime/testing'
import { codedError } from '@tributary/schema'
import { createClient } from 'graphql-ws'
import { sql } from 'kysely'
import WebSocket from 'ws'
import { openDatabase } from '../database/index.ts'
import { type RunningSubgraph, startSubgraph } from './startSubgraph.ts'

let database: TestDatabase
let subgraph: RunningSubgraph
/** What resolvers, and the iterators of subscriptions, do. */
let fail: () => Promise<unknown>

beforeAll(async () => {
  database = await createTestDatabase()
  subgraph = await startSubgraph({
    name: 'compute',
    resolvers: {
      Query: { jobs: () => fail() },
      Subscription: {
        jobUpdates: { subscribe: () => ({ next: () => fail(), [Symbol.asyncIterator]: returnThis }) },
      },
    },
    port: 0,
    host: '127.0.0.1',
    portSetting: 'PORT',
    secret: undefined,
    log: silentLog,
    createContext: () => ({}),
    isReady: async () => true,
  })
})
afterAll(async () => {
  await subgraph.stop()
  await database.drop()
})

describe('what a subgraph says of an error', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['meant for clients', () => Promise.reject(codedError('NOT_FOUND', 'There is no job 7')), 'NOT_FOUND'],
    ['of its own', () => Promise.reject(new Error('at /srv/secret.ts:7')), 'INTERNAL_SERVER_ERROR'],
    ['of a statement', () => run(database.url, 'select secret from nowhere'), 'INTERNAL_SERVER_ERROR'],
    [
      'of a connection that is cut',
      () => run(database.url, 'select pg_terminate_backend(pg_backend_pid())'),
      'SERVICE_UNAVAILABLE',
    ],
  ])('%s: the same in an answer and in a stream, and nothing that is not for clients', async (_what, failing, code) => {
    fail = failing
    const response = await fetch(subgraph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ jobs { totalCount } }"}',
    })
    const answer = await response.text()
    expect(JSON.parse(answer)).toMatchObject({ errors: [{ extensions: { code } }] })
    const client = createClient({ url: subgraph.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
    const said: unknown = await client
      .iterate({ query: 'subscription { jobUpdates(id: "7") { seq } }' })
      .next()
      .catch((reason) => reason)
    expect(said).toMatchObject([{ extensions: { code } }])
    expect(answer + JSON.stringify(said)).not.toMatch(/secret|127\.0\.0\.1|ECONN|terminat/)
    await client.dispose()
  })
})

async function run(url: string, statement: string): Promise<unknown> {
  const db = openDatabase<object>({ url })
  try {
    return await sql.raw(statement).execute(db.kysely)
  } finally {
    await db.stop()
  }
}

function returnThis<This>(this: This): This {
  return this
}
