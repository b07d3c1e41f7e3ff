import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Identity } from '@tributary/runtime/identity'
import type { RunningSubgraph } from '@tributary/runtime/subgraph'
import { askSubgraph, createTestDatabase, silentLog, type TestDatabase, testIdentity } from '@tributary/runtime/testing'
import { readUsersSettings, startUsers } from './index.ts'

const secret = 'a secret of this suite'
const claire = testIdentity('CG-12520')
const reader = testIdentity('a reader', 'users:read')

describe('the users subgraph', () => {
  let database: TestDatabase
  let users: RunningSubgraph
  const statements: string[] = []
  const reports: string[] = []

  const start = () =>
    startUsers({
      databaseUrl: database.url,
      ...{ port: 0, host: '127.0.0.1', portSetting: 'PORT', secret, log: silentLog },
      onStatement: (sql) => statements.push(sql),
      report: (message) => reports.push(message),
    })
  const ask = (query: string, identity?: Identity, variables = {}) =>
    askSubgraph({ url: users.url, secret, query, identity, variables })

  beforeAll(async () => {
    database = await createTestDatabase()
    users = await start()
  })
  afterAll(async () => {
    await users.stop()
    await database.drop()
  })

  test('shows a user to that user and to readers, and to nobody else', async () => {
    const query = '{ me { id } user(id: "CG-12520") { id name customerType place { city postalCode } updatedAt } }'
    const profile = {
      id: 'CG-12520',
      name: 'Claire Gute',
      customerType: 'CONSUMER',
      place: { city: 'Houston', postalCode: '77070' },
      updatedAt: '2017-01-26T00:00:00.000Z',
    }
    expect(await ask(query, claire)).toEqual({ data: { me: { id: 'CG-12520' }, user: profile } })
    expect(await ask(query, reader)).toMatchObject({
      data: { me: null, user: profile },
      errors: [{ path: ['me'], extensions: { code: 'NOT_FOUND' } }],
    })
    const anonymous = await ask(query)
    expect(anonymous).toMatchObject({ data: { me: null, user: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
    const absent = await ask('{ user(id: "\\u0000CG-12520") { id } }', reader)
    expect(absent).toMatchObject({ data: { user: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  })

  test('lists users to readers only, each once, over all pages', async () => {
    const query = `query ($first: Int!, $after: String) { users(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }`
    const code = async (identity?: Identity) => (await ask(query, identity, { first: 1 })).errors?.[0]?.extensions?.code
    expect(await code()).toBe('UNAUTHENTICATED')
    expect(await code(claire)).toBe('FORBIDDEN')

    const seen: string[] = []
    let after: string | null = null
    do {
      const { data } = await ask(query, reader, { first: 100, after })
      const { users: page } = data as UsersData
      expect(page.totalCount).toBe(793)
      seen.push(...page.edges.map(({ node }) => node.id))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after)
    expect(seen).toHaveLength(793)
    expect(new Set(seen).size).toBe(793)

    for (const wrong of [{ first: 0 }, { first: 101 }, { first: 1, after: 'nonsense' }]) {
      expect(await ask(query, reader, wrong)).toMatchObject({
        data: { users: null },
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      })
    }
  })

  test('looks up a batch of entities in one statement, with duplicates, absences and errors in their places', async () => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id name } } }`
    const of = ['CG-12520', 'nobody', 'DV-13045', 'CG-12520'].map((id) => ({ __typename: 'User', id }))
    statements.length = 0
    const answer = await ask(query, reader, { of })
    expect(statements).toHaveLength(1)
    expect(answer.data).toEqual({
      _entities: [
        { id: 'CG-12520', name: 'Claire Gute' },
        null,
        { id: 'DV-13045', name: 'Darrin Van Huff' },
        { id: 'CG-12520', name: 'Claire Gute' },
      ],
    })
    expect(answer.errors).toMatchObject([{ path: ['_entities', 1], extensions: { code: 'NOT_FOUND' } }])

    const own = await ask(query, claire, { of })
    expect(own.data).toEqual({
      _entities: [{ id: 'CG-12520', name: 'Claire Gute' }, null, null, { id: 'CG-12520', name: 'Claire Gute' }],
    })
    expect(own.errors?.map(({ path }) => path)).toEqual([
      ['_entities', 1],
      ['_entities', 2],
    ])
  })

  test('changes what a profile update names, and keeps it over a restart without importing again', async () => {
    const query = `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
      name customerType place { city state country postalCode region } updatedAt } }`
    const darrin = testIdentity('DV-13045')
    const before = await ask('{ me { name customerType updatedAt place { city } } }', darrin)
    const unchanged = await ask(query, darrin, { input: {} })
    expect(unchanged.data).toMatchObject({ updateProfile: (before.data as { me: object }).me })
    const place = { city: 'Zürich', state: 'ZH', country: 'Switzerland', postalCode: null, region: 'Europe' }
    await ask(query, darrin, { input: { name: ' Darrin ', customerType: null } })
    const changed = await ask(query, darrin, { input: { place } })
    expect(changed).toMatchObject({ data: { updateProfile: { name: 'Darrin', customerType: 'CORPORATE', place } } })
    expect(changed).not.toMatchObject({ data: { updateProfile: { updatedAt: expect.stringMatching(/^201/) } } })

    await users.stop()
    users = await start()
    expect(await ask('{ me { name place { city } } }', darrin)).toEqual({
      data: { me: { name: 'Darrin', place: { city: 'Zürich' } } },
    })
    expect(reports).toEqual(['importing 793 users'])
  })

  test('names every field of a profile update that is wrong', async () => {
    const query = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }'
    const place = { city: '', state: 'x'.repeat(201), country: 'a\u0000b', postalCode: '1', region: 'r' }
    const answer = await ask(query, claire, { input: { name: '  ', place } })
    expect(answer).toMatchObject({
      data: { updateProfile: null },
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
    const problems = answer.errors?.[0]?.extensions?.problems as { field: string }[]
    expect(problems.map(({ field }) => field)).toEqual(['name', 'place.city', 'place.state', 'place.country'])
    expect((await ask(query, undefined, { input: {} })).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ])
  })

  test('is ready while its database answers', async () => {
    const ready = await fetch(new URL('/readyz', users.url))
    expect(ready.status).toBe(200)
  })
})

test('says which settings are missing', () => {
  expect(() => readUsersSettings({})).toThrow(/DATABASE_URL: Expected the address of a PostgreSQL server/)
  const env = { DATABASE_URL: 'postgresql://me@localhost/postgres' }
  expect(() => readUsersSettings(env)).toThrow(/SUBGRAPH_SECRET/)
  expect(readUsersSettings({ ...env, SUBGRAPH_OPEN: '1' })).toMatchObject({ port: 4001, secret: undefined })
})

type UsersData = {
  users: {
    totalCount: number
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
    edges: { node: { id: string } }[]
  }
}
