import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createTestDatabase, silentLog, startPostgresDoor, type TestDatabase } from '@tributary/runtime/testing'
import { type Migration, sql } from 'kysely'
import { StartupError } from '../process/StartupError.ts'
import { connectDatabaseServer, migrate, openDatabase } from './index.ts'
import { isDatabaseAway } from './isDatabaseAway.ts'

describe('openDatabase', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  test('keeps numbers exact and days as they are written', async () => {
    const statements: string[] = []
    const db = openDatabase<object>({ url: database.url, onStatement: (statement) => statements.push(statement) })
    const { rows } = await sql`
      SELECT 12345678901234567890.10::numeric AS number, 9007199254740993::int8 AS big, DATE '2016-11-08' AS day,
             ARRAY[DATE '2016-11-08'] AS days`.execute(db.kysely)
    expect(rows).toEqual([
      { number: '12345678901234567890.10', big: '9007199254740993', day: '2016-11-08', days: ['2016-11-08'] },
    ])
    expect(statements).toHaveLength(1)
    await db.stop()
    await db.stop()
  })

  test.each([
    ['a database that is not there', 'postgresql://me@127.0.0.1:1/x', 'select 1', true],
    ['a connection that is cut', undefined, 'select pg_terminate_backend(pg_backend_pid())', true],
    ['a statement that is none', undefined, 'select 1 from nowhere', false],
  ])('%s is told apart from what will never work', async (_what, url, statement, isAway) => {
    const db = openDatabase<object>({ url: url ?? database.url })
    const error = await sql
      .raw(statement)
      .execute(db.kysely)
      .catch((reason: unknown) => reason)
    expect(isDatabaseAway(error)).toBe(isAway)
    await db.stop()
  })

  test('stops although the server hangs: whoever waits for it is told', async () => {
    const door = await startPostgresDoor(database.url)
    const [db, other] = [openDatabase<object>({ url: door.url }), openDatabase<object>({ url: database.url })]
    const amidStatement = sql`select pg_sleep(60)`.execute(db.kysely)
    const told = Promise.allSettled([amidStatement])
    const isAsked = sql`select from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(60)'`
    while ((await isAsked.execute(other.kysely)).rows.length === 0);
    void door.hang()
    const amidConnecting = sql`select 1`.execute(db.kysely)
    await Promise.all([db.stop(), expect(amidConnecting).rejects.toThrow()])
    expect((await told).map(({ status }) => status)).toEqual(['rejected'])
    await other.stop()
    await door.stop()
  })

  test('migrates once when two processes start at the same moment', async () => {
    const create: Migration = {
      up: (schema) => schema.schema.createTable('once').addColumn('id', 'integer').execute(),
    }
    const [one, other] = [openDatabase<object>(database), openDatabase<object>(database)]
    await Promise.all([migrate(one, { '001': create }), migrate(other, { '001': create })])
    await migrate(one, { '001': create })
    await expect(sql`SELECT * FROM once`.execute(other.kysely)).resolves.toMatchObject({ rows: [] })
    await Promise.all([one.stop(), other.stop()])
  })
})

describe('connectDatabaseServer', () => {
  test('gives each name a database of its own, once', async () => {
    const database = await createTestDatabase()
    const server = await connectDatabaseServer(database)
    const name = `${new URL(database.url).pathname.slice(1)}_own`
    const [url, again] = await Promise.all([server.openUrl(name), server.openUrl(name)])
    expect(again).toBe(url)
    const db = openDatabase<object>({ url })
    const { rows } = await sql`SELECT current_database() AS name`.execute(db.kysely)
    expect(rows).toEqual([{ name }])
    await db.stop()
    const admin = openDatabase<object>(database)
    await sql`DROP DATABASE ${sql.id(name)} WITH (FORCE)`.execute(admin.kysely)
    await admin.stop()
    await server.stop()
    await database.drop()
  })

  test('says in one sentence that nothing listens, and keeps the password to itself', async () => {
    const error = await connectDatabaseServer({ url: 'postgresql://me:hunter2@127.0.0.1:1/db' }).catch((e) => e)
    expect(error).toBeInstanceOf(StartupError)
    expect(error.message).toMatch(/^The database at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\): start it/)
    expect(error.message).not.toContain('hunter2')
  })

  test('does not wait longer than a few seconds for a server that accepts and says nothing', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = mute.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(connectDatabaseServer({ url: `postgresql://me@127.0.0.1:${port}/db` })).rejects.toThrow(
      /does not answer/,
    )
    mute.close()
  })

  test('says what is wrong with the name, the database or the address', async () => {
    const database = await createTestDatabase()
    const url = new URL(database.url)
    url.username = 'nobody_we_know'
    await expect(connectDatabaseServer({ url: url.href })).rejects.toThrow(/refuses the login of user "nobody_we_know"/)
    const missing = new URL(database.url)
    missing.pathname = '/missing'
    await expect(connectDatabaseServer({ url: missing.href })).rejects.toThrow(/has no database "missing"/)
    await expect(connectDatabaseServer({ url: 'mysql://x/y' })).rejects.toThrow(StartupError)
    await database.drop()
    expect(silentLog.level).toBe('silent')
  })
})
