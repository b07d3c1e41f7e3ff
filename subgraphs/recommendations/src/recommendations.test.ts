import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase } from '@tributary/runtime/database'
import type { Identity } from '@tributary/runtime/identity'
import type { RunningSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore, type Superstore } from '@tributary/runtime/superstore'
import {
  askSubgraph,
  createTestDatabase,
  type SubgraphAnswer,
  silentLog,
  type TestDatabase,
  testIdentity,
} from '@tributary/runtime/testing'
import { type Kysely, sql } from 'kysely'
import { readRecommendationsSettings, startRecommendations } from './index.ts'

const secret = 'a secret of this suite'
const claire = testIdentity('CG-12520')
const reader = testIdentity('a reader', 'users:read')
const service = testIdentity('compute', 'service')

const entities = `query ($representations: [_Any!]!, $first: Int!) { _entities(representations: $representations) {
  ... on User { id recommendations(first: $first) { ...all } } ... on Product { id similar(first: $first) { ...all } } } }
  fragment all on Recommendation { product { id } score reason source modelVersion }`
const publish = 'mutation ($input: PublishModelInput!) { publishModel(input: $input) { version } }'

describe('the recommendations subgraph', () => {
  let database: TestDatabase
  let subgraph: RunningSubgraph
  let superstore: Superstore
  let boughtBy: Map<string, Set<string>>
  const statements: string[] = []
  const reports: string[] = []

  const start = () =>
    startRecommendations({
      databaseUrl: database.url,
      ...{ port: 0, host: '127.0.0.1', portSetting: 'PORT', secret, log: silentLog },
      onStatement: (sql) => statements.push(sql),
      report: (message) => reports.push(message),
    })
  const ask = (query: string, identity?: Identity, variables = {}) =>
    askSubgraph({ url: subgraph.url, secret, query, identity, variables })
  const read = async (representations: unknown[], identity?: Identity, first = 10) =>
    toLists(await ask(entities, identity, { representations, first }))
  const publishModel = (input: object, identity: Identity | undefined = service) => ask(publish, identity, { input })

  beforeAll(async () => {
    database = await createTestDatabase()
    subgraph = await start()
    superstore = await readSuperstore()
    const userOf = new Map(superstore.orders.map(({ id, userId }) => [id, userId]))
    boughtBy = new Map(superstore.users.map(({ id }) => [id, new Set()]))
    for (const { orderId, productId } of superstore.lines) boughtBy.get(userOf.get(orderId) ?? '')?.add(productId)
  })
  afterAll(async () => {
    await subgraph.stop()
    await database.drop()
  })

  const buyers = (productId: string) => [...boughtBy.values()].filter((bought) => bought.has(productId)).length

  test('without a model: recommends what sells best and the user has not bought', async () => {
    const [list] = await read([user('CG-12520')], claire, 50)
    expect(list).toHaveLength(50)
    for (const { product, score, reason, source, modelVersion } of list ?? []) {
      expect(boughtBy.get('CG-12520')?.has(product.id)).toBe(false)
      expect(score).toBe(buyers(product.id))
      expect(reason).toBe(`Popular: bought by ${score} customers`)
      expect([source, modelVersion]).toEqual(['POPULARITY', null])
    }
    const best = superstore.products
      .filter(({ id }) => !boughtBy.get('CG-12520')?.has(id))
      .map(({ id }) => buyers(id))
      .sort((a, b) => b - a)
    expect(list?.map(({ score }) => score)).toEqual(best.slice(0, 50))

    const [unknown] = await read([user('nobody')], testIdentity('nobody'), 1)
    expect(unknown).toMatchObject([{ score: Math.max(...best), source: 'POPULARITY' }])
  })

  test('without a model: what sells best of the same sub-category is similar, to everyone', async () => {
    const [list, unknown] = await read([product('FUR-CH-10000454'), product('new here')])
    expect(list).toHaveLength(10)
    for (const { product, score, reason } of list ?? []) {
      expect(superstore.products.find(({ id }) => id === product.id)?.subCategory).toBe('Chairs')
      expect(product.id).not.toBe('FUR-CH-10000454')
      expect(reason).toBe(`Popular in Chairs: bought by ${score} customers`)
    }
    // The best seller of all is not similar to itself.
    const first = unknown?.[0].product.id ?? ''
    const [ofBest] = await read([product(first)], undefined, 50)
    expect(ofBest?.map(({ product }) => product.id)).not.toContain(first)
  })

  test('only services publish, and only what is a model', async () => {
    const input = { version: 1, users: [], products: [] }
    const code = async (answer: Promise<SubgraphAnswer>) => (await answer).errors?.[0]?.extensions?.code
    expect(await code(publishModel(input, claire))).toBe('FORBIDDEN')
    expect(await code(ask(publish, undefined, { input }))).toBe('UNAUTHENTICATED')
    const list = { userId: 'CG-12520', productIds: ['FUR-CH-10000454', 'FUR-CH-10000455'], scores: [1] }
    expect(await publishModel({ ...input, users: [list] })).toMatchObject({
      errors: [{ message: '`users[0]`: Expected one score for each product', extensions: { code: 'BAD_USER_INPUT' } }],
    })
    const twice = { userId: 'CG-12520', productIds: [], scores: [] }
    expect(await code(publishModel({ ...input, users: [twice, twice] }))).toBe('BAD_USER_INPUT')
    expect(await code(publishModel({ ...input, version: 0 }))).toBe('BAD_USER_INPUT')
    const long = { userId: 'CG-12520', productIds: new Array(101).fill('p'), scores: new Array(101).fill(0) }
    expect(await code(publishModel({ ...input, users: [long] }))).toBe('BAD_USER_INPUT')
    const [still] = await read([user('CG-12520')], claire, 1)
    expect(still).toMatchObject([{ source: 'POPULARITY' }])
  })

  test('serves a model as soon as it is published; an older one changes nothing', async () => {
    expect(await publishModel(model(5, 'five'))).toEqual({ data: { publishModel: { version: 5 } } })
    const both = [user('CG-12520'), product('FUR-CH-10000454')]
    const five = (reason: string) =>
      ['five-1', 'five-2'].map((id, index) => ({
        ...{ product: { id }, score: 0.5 - index / 4, reason, source: 'MODEL', modelVersion: '5' },
      }))
    const expected = [five('Bought by customers with similar purchases'), five('Often bought by the same customers')]
    expect(await read(both, claire)).toEqual(expected)
    expect(await read(both, claire, 1)).toEqual(expected.map((list) => list.slice(0, 1)))

    expect(await publishModel(model(4, 'four'))).toEqual({ data: { publishModel: { version: 5 } } })
    expect(await publishModel(model(5, 'again'))).toEqual({ data: { publishModel: { version: 5 } } })
    expect(await read(both, claire)).toEqual(expected)

    // The model knows one user and one product; of the user with an empty list it says nothing.
    const rest = await read([user('AA-10315'), user('empty'), product('FUR-BO-10001798')], reader, 2)
    for (const list of rest) expect(list).toMatchObject([{ source: 'POPULARITY' }, { source: 'POPULARITY' }])
  })

  test('of models published at once the newest is served, whole', async () => {
    const versions = [12, 19, 15, 11, 18, 13, 17, 14, 16, 10]
    const answers = await Promise.all(versions.map((version) => publishModel(model(version, `v${version}`))))
    for (const [index, { data }] of answers.entries()) {
      const { version } = (data as PublishData).publishModel
      expect(version).toBeGreaterThanOrEqual(versions[index])
    }
    const lists = await read([user('CG-12520'), product('FUR-CH-10000454')], claire)
    for (const list of lists) {
      expect(list?.map(({ product, modelVersion }) => [product.id, modelVersion])).toEqual([
        ['v19-1', '19'],
        ['v19-2', '19'],
      ])
    }
  })

  test.each([
    ['newer', 'older'],
    ['older', 'newer'],
  ])(
    'of two that are being published while the row is locked the newer is served: the %s one first',
    async (...order) => {
      const other = openDatabase<ServedVersions>({ url: database.url })
      const base = order[0] === 'newer' ? 20 : 22
      const versionOf = (which: string) => base + (which === 'newer' ? 2 : 1)
      const publishing: Promise<SubgraphAnswer>[] = []
      await other.kysely.transaction().execute(async (transaction) => {
        await sql`SELECT FROM served_versions FOR UPDATE`.execute(transaction)
        for (const which of order) {
          publishing.push(publishModel(model(versionOf(which), which)))
          // Each waits for the row before the next one comes: they are woken in this order.
          while ((await countWaiting(other.kysely)) < publishing.length) await new Promise(setImmediate)
        }
      })
      const served = (await Promise.all(publishing)).map(({ data }) => (data as PublishData).publishModel.version)
      expect(served).toEqual(order[0] === 'newer' ? [base + 2, base + 2] : [base + 1, base + 2])
      const [list] = await read([user('CG-12520')], claire)
      expect(list?.map(({ product, modelVersion }) => [product.id, modelVersion])).toEqual([
        ['newer-1', String(base + 2)],
        ['newer-2', String(base + 2)],
      ])
      // Whoever comes later, as the retried attempt of a job does, changes nothing.
      expect(await publishModel(model(base + 2, 'again'))).toEqual({ data: { publishModel: { version: base + 2 } } })
      expect((await read([user('CG-12520')], claire))[0]).toEqual(list)
      await other.stop()
    },
  )

  test('takes a model of the size of the data set', async () => {
    const productIds = superstore.products.slice(0, 50).map(({ id }) => id)
    const scores = productIds.map((_, index) => 1 / (index + 1))
    const users = superstore.users.map(({ id }) => ({ userId: id, productIds, scores }))
    const products = superstore.products.map(({ id }) => ({ productId: id, productIds, scores }))
    statements.length = 0
    expect(await publishModel({ version: 30, users, products })).toEqual({ data: { publishModel: { version: 30 } } })
    expect(statements.length).toBeLessThanOrEqual(8)
    const [list] = await read([user('ZD-21925')], reader, 50)
    expect(list?.map(({ product, score }) => [product.id, score])).toEqual(productIds.map((id, i) => [id, scores[i]]))
  })

  test('serves the newest segmentation to those who may see it; publishing an older one or the same again changes nothing', async () => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on User { segment { name description size centroid { recencyDays frequency monetary } version } } } }`
    const segmentsOf = async (ids: string[], identity: Identity) => {
      const { data, errors } = await ask(query, identity, { representations: ids.map(user) })
      const { _entities } = data as { _entities: ({ segment: object | null } | null)[] }
      return { segments: _entities.map((entity) => entity?.segment ?? null), errors }
    }
    const publishSegments = (version: number, segments: object[], identity?: Identity) =>
      ask('mutation ($input: PublishSegmentsInput!) { publishSegments(input: $input) { version } }', identity, {
        input: { version, segments },
      })
    const centroid = { recencyDays: 12.5, frequency: 7, monetary: 1234.56 }
    const segment = (name: string, ...userIds: string[]) => ({ name, description: `${name}.`, centroid, userIds })
    expect(await segmentsOf(['CG-12520'], claire)).toEqual({ segments: [null], errors: undefined })

    const five = [segment('Champions', 'CG-12520', 'AA-10315'), segment('Lost', 'BH-11710')]
    expect(await publishSegments(5, five, service)).toEqual({ data: { publishSegments: { version: 5 } } })
    for (const version of [4, 5]) {
      const answer = await publishSegments(version, [segment('Late', 'CG-12520')], service)
      expect(answer).toEqual({ data: { publishSegments: { version: 5 } } })
    }
    const champions = { name: 'Champions', description: 'Champions.', size: 2, centroid, version: '5' }
    const lost = { ...champions, name: 'Lost', description: 'Lost.', size: 1 }
    statements.length = 0
    const all = await segmentsOf(['CG-12520', 'BH-11710', 'ZZ-1', 'AA-10315'], reader)
    expect(all).toEqual({ segments: [champions, lost, null, champions], errors: undefined })
    expect(statements).toHaveLength(1)
    const other = await segmentsOf(['BH-11710', 'CG-12520'], claire)
    expect(other.segments).toEqual([null, champions])
    expect(other.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])

    await publishSegments(6, [segment('New', 'BH-11710')], service)
    const next = await segmentsOf(['CG-12520', 'BH-11710'], reader)
    expect(next.segments).toMatchObject([null, { name: 'New', size: 1, version: '6' }])

    for (const [input, identity, code] of [
      [[], claire, 'FORBIDDEN'],
      [[], undefined, 'UNAUTHENTICATED'],
      [[segment('A', 'u'), segment('B', 'u')], service, 'BAD_USER_INPUT'],
      [[segment('A', 'u'), segment('A', 'v')], service, 'BAD_USER_INPUT'],
      [[segment('A', 'a\0')], service, 'BAD_USER_INPUT'],
    ] as const) {
      const { errors } = await publishSegments(7, [...input], identity)
      expect(errors).toMatchObject([{ extensions: { code } }])
    }
  })

  test('50 users cost as many statements as one, each list at its place', async () => {
    const ids = superstore.users.slice(0, 50).map(({ id }) => id)
    const count = async (representations: unknown[]) => {
      statements.length = 0
      const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on User { id recommendations(first: 3) { score } more: recommendations(first: 20) { product { id similar(first: 2) { score } } } }
        ... on Product { id similar(first: 4) { product { id } } } } }`
      const answer = await ask(query, reader, { representations })
      expect(answer.errors).toBeUndefined()
      return statements.length
    }
    await publishModel({ version: 31, users: ids.slice(0, 25).map(known), products: [] })
    const one = await count([user(ids[0]), user(ids[49]), product('FUR-CH-10000454')])
    expect(await count([...ids.map(user), ...superstore.products.slice(0, 50).map(({ id }) => product(id))])).toBe(one)
    expect(one).toBeLessThanOrEqual(8)

    const lists = await read(ids.map(user), reader, 1)
    for (const [index, list] of lists.entries()) {
      expect(list).toMatchObject([index < 25 ? { product: { id: `for ${ids[index]}` } } : { source: 'POPULARITY' }])
    }
  })

  test('duplicates, foreign users and nonsense keep their places', async () => {
    const representations = [
      user('CG-12520'),
      user('AA-10315'),
      product('FUR-CH-10000454'),
      user('CG-12520'),
      { __typename: 'User', id: 7 },
      user('CG-12520\0'),
      product('FUR-CH-10000454'),
    ]
    const answer = await ask(entities, claire, { representations, first: 2 })
    const lists = toLists(answer)
    expect(lists.map((list) => list?.length ?? null)).toEqual([2, null, 2, 2, null, null, 2])
    expect(lists[3]).toEqual(lists[0])
    expect(answer.errors?.map(({ path, extensions }) => [path?.[1], extensions?.code]).sort()).toEqual([
      [1, 'NOT_FOUND'],
      [4, 'BAD_USER_INPUT'],
      [5, 'NOT_FOUND'],
    ])
    expect(toLists(await ask(entities, undefined, { representations, first: 2 })).map((list) => list !== null)).toEqual(
      [false, false, true, false, false, false, true],
    )
    for (const first of [0, 51, -1]) {
      const { errors } = await ask(entities, claire, { representations: [user('CG-12520')], first })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })

  test('answers only what the gateway signed', async () => {
    const unsigned = await fetch(subgraph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ])
  })

  test('a second start imports nothing and serves the same model', async () => {
    const before = await read([user('CG-12520'), user('BH-11710')], reader, 3)
    await subgraph.stop()
    subgraph = await start()
    expect(await read([user('CG-12520'), user('BH-11710')], reader, 3)).toEqual(before)
    expect(reports).toEqual(['importing what sells best of 1862 products'])
    expect(await (await fetch(subgraph.url.replace('/graphql', '/readyz'))).json()).toEqual({ status: 'ready' })
  })
})

test('settings of the subgraph alone have their own port', () => {
  const env = { DATABASE_URL: 'postgresql://localhost/postgres', SUBGRAPH_OPEN: '1' }
  expect(readRecommendationsSettings(env)).toMatchObject({ port: 4003, host: '127.0.0.1', secret: undefined })
})

type RecommendationData = {
  product: { id: string }
  score: number
  reason: string
  source: string
  modelVersion: string | null
}
type EntitiesData = {
  _entities: ({ recommendations?: RecommendationData[] | null; similar?: RecommendationData[] | null } | null)[]
}
type ServedVersions = { served_versions: { published: string } }

/** How many statements wait for a lock in this database. */
async function countWaiting(db: Kysely<ServedVersions>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.count ?? 0
}

type PublishData = { publishModel: { version: number } }

/** The list of each entity, null where there is none. */
function toLists(answer: SubgraphAnswer): (RecommendationData[] | null)[] {
  // What `entities` selects.
  const { _entities } = answer.data as EntitiesData
  return _entities.map((entity) => entity?.recommendations ?? entity?.similar ?? null)
}

function user(id: string) {
  return { __typename: 'User', id }
}

function product(id: string) {
  return { __typename: 'Product', id }
}

function known(userId: string) {
  return { userId, productIds: [`for ${userId}`, 'other'], scores: [2, 1] }
}

/** A model of one user and one product, whose lists are told by their names. */
function model(version: number, name: string) {
  const list = { productIds: [`${name}-1`, `${name}-2`], scores: [0.5, 0.25] }
  return {
    version,
    users: [
      { userId: 'CG-12520', ...list },
      { userId: 'empty', productIds: [], scores: [] },
    ],
    products: [{ productId: 'FUR-CH-10000454', ...list }],
  }
}
