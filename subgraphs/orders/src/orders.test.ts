import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Identity } from '@tributary/runtime/identity'
import type { RunningSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore, type Superstore } from '@tributary/runtime/superstore'
import { askSubgraph, createTestDatabase, silentLog, type TestDatabase, testIdentity } from '@tributary/runtime/testing'
import { formatMoney } from './formatMoney.ts'
import { readOrdersSettings, startOrders } from './index.ts'

const secret = 'a secret of this suite'
const reader = testIdentity('a reader', 'users:read')
const service = testIdentity('compute', 'service')

let database: TestDatabase
let orders: RunningSubgraph
let superstore: Superstore
const statements: string[] = []
const reports: string[] = []

const start = () =>
  startOrders({
    databaseUrl: database.url,
    ...{ port: 0, host: '127.0.0.1', portSetting: 'PORT', secret, log: silentLog },
    onStatement: (sql) => statements.push(sql),
    report: (message) => reports.push(message),
  })
const ask = (query: string, identity?: Identity, variables = {}) =>
  askSubgraph({ url: orders.url, secret, query, identity, variables })

beforeAll(async () => {
  superstore = await readSuperstore()
  database = await createTestDatabase()
  orders = await start()
})
afterAll(async () => {
  await orders.stop()
  await database.drop()
})

describe('reading', () => {
  const ofUsers = (fields: string) =>
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id ${fields} } } }`
  const references = (ids: readonly string[]) => ({ of: ids.map((id) => ({ __typename: 'User', id })) })

  test('costs as many statements for 50 users as for one', async () => {
    const query =
      ofUsers(`orders(first: 3) { totalCount edges { node { id total lines { sales product { name price } } } } }
      older: orders(first: 2, after: "${cursorOf('2016-01-01', '')}") { edges { node { id user { id } } } }
      orderSummary { count total favouriteCategory }`)
    const ids = superstore.users.slice(0, 50).map(({ id }) => id)
    const counts: number[] = []
    for (const of of [ids.slice(0, 1), ids]) {
      statements.length = 0
      const answer = await ask(query, reader, references(of))
      expect(answer.errors).toBeUndefined()
      expect((answer.data as { _entities: unknown[] })._entities).toHaveLength(of.length)
      counts.push(statements.length)
    }
    // Both pages of orders, the lines, the products, the summaries.
    expect(counts).toEqual([4, 4])
  })

  test('keeps duplicates, absences and errors of a batch in their places', async () => {
    const query = ofUsers('orderSummary { count }')
    const summary = (count: number) => ({ orderSummary: { count } })
    const answer = await ask(query, reader, references(['CG-12520', 'nobody', 'CG-12520']))
    expect(answer).toMatchObject({ data: { _entities: [summary(3), summary(0), summary(3)] } })

    const own = await ask(query, testIdentity('CG-12520'), references(['CG-12520', 'DV-13045', 'CG-12520']))
    expect(own).toMatchObject({
      data: { _entities: [summary(3), null, summary(3)] },
      errors: [{ path: ['_entities', 1], extensions: { code: 'NOT_FOUND' } }],
    })

    const mixed = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { name } ... on Order { id } } }`
    const of = [
      { __typename: 'Product', id: 'FUR-FU-10004848' },
      { __typename: 'Product', id: '\0' },
      { __typename: 'Order', id: 'CA-2016-152156' },
      { __typename: 'Order', id: 'CA-2016-138688' },
      { __typename: 'Product', id: 'FUR-FU-10004848' },
    ]
    statements.length = 0
    const batch = await ask(mixed, testIdentity('CG-12520'), { of })
    expect(statements).toHaveLength(2)
    const clock = { name: 'Howard Miller 13-3/4" Diameter Brushed Chrome Round Wall Clock' }
    expect(batch.data).toEqual({ _entities: [clock, null, { id: 'CA-2016-152156' }, null, clock] })
    // Products and orders come from different statements: which is answered first is nobody's promise.
    expect(batch.errors?.map(({ path, extensions }) => [path, extensions?.code]).sort()).toEqual([
      [['_entities', 1], 'NOT_FOUND'],
      [['_entities', 3], 'NOT_FOUND'],
    ])
  })

  test('shows an order as the data set has it, to its user and to readers', async () => {
    const query = `{ order(id: "US-2015-108966") { user { id } status orderDate shipDate shipMode total
      lines { position product { id price } quantity discount sales profit } } }`
    const order = {
      user: { id: 'SO-20335' },
      ...{ status: 'SHIPPED', orderDate: '2015-10-11', shipDate: '2015-10-18', shipMode: 'STANDARD_CLASS' },
      total: '979.9455',
      lines: [
        {
          ...{ position: 1, quantity: 5, discount: '0.45', sales: '957.5775', profit: '-383.031' },
          product: { id: 'FUR-TA-10000577', price: '348.21' },
        },
        {
          ...{ position: 2, quantity: 2, discount: '0.2', sales: '22.368', profit: '2.5164' },
          product: { id: 'OFF-ST-10000760', price: '13.98' },
        },
      ],
    }
    for (const identity of [testIdentity('SO-20335'), reader])
      expect(await ask(query, identity)).toEqual({ data: { order } })
    for (const identity of [testIdentity('CG-12520'), service, undefined]) {
      expect(await ask(query, identity)).toMatchObject({
        data: { order: null },
        errors: [{ path: ['order'], extensions: { code: 'NOT_FOUND' } }],
      })
    }
  })

  test('adds money up exactly: all summaries together are the file, to the ten-thousandth', async () => {
    let sum = 0n
    let count = 0
    for (let start = 0; start < superstore.users.length; start += 200) {
      const ids = superstore.users.slice(start, start + 200).map(({ id }) => id)
      const { data } = await ask(ofUsers('orderSummary { count total }'), reader, references(ids))
      for (const { orderSummary } of (data as { _entities: SummaryData[] })._entities) {
        sum += tenThousandths(orderSummary.total)
        count += orderSummary.count
      }
    }
    expect(count).toBe(5009)
    expect(sum).toBe(superstore.lines.reduce((total, { sales }) => total + tenThousandths(sales), 0n))
  })

  test('summarises first and last day and the category with the highest sales', async () => {
    const { data } = await ask(
      ofUsers('orderSummary { firstOrderDate lastOrderDate favouriteCategory }'),
      reader,
      references(['SO-20335', 'nobody']),
    )
    const own = superstore.orders.filter(({ userId }) => userId === 'SO-20335')
    const days = own.map(({ orderDate }) => orderDate).sort()
    expect(data).toMatchObject({
      _entities: [
        { orderSummary: { firstOrderDate: days[0], lastOrderDate: days.at(-1), favouriteCategory: 'Furniture' } },
        { orderSummary: { firstOrderDate: null, lastOrderDate: null, favouriteCategory: null } },
      ],
    })
  })

  test('finds products by category and part of the name', async () => {
    const query = `query ($filter: ProductFilter, $first: Int!, $after: String) {
      products(filter: $filter, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id name } } } }`
    const filter = { category: 'Furniture', subCategory: 'Chairs', nameContains: 'LEATHER', unknown: undefined }
    const matching = superstore.products.filter(
      ({ subCategory, name }) => subCategory === 'Chairs' && name.toLowerCase().includes('leather'),
    )
    const { data } = await ask(query, undefined, { filter, first: 100 })
    expect(matching.length).toBeGreaterThan(0)
    expect(data).toMatchObject({
      products: { totalCount: matching.length, edges: matching.map(({ id, name }) => ({ node: { id, name } })) },
    })
    const none = await ask(query, undefined, { filter: { nameContains: '%_\\' }, first: 1 })
    expect(none.data).toMatchObject({ products: { totalCount: 0, edges: [] } })
  })

  test('gives purchases to services only, page by page, without gaps', async () => {
    const query = `query ($after: Int!) { purchases(after: $after, first: 4000) { line userId productId category orderDate
      quantity sales } }`
    for (const identity of [undefined, reader]) {
      expect(await ask(query, identity, { after: 0 })).toMatchObject({
        data: { purchases: null },
        errors: [{ extensions: { code: 'FORBIDDEN' } }],
      })
    }
    const seen: PurchaseData[] = []
    for (;;) {
      const { data } = await ask(query, service, { after: seen.at(-1)?.line ?? 0 })
      const { purchases } = data as { purchases: PurchaseData[] }
      seen.push(...purchases)
      if (purchases.length < 4000) break
    }
    expect(seen.slice(0, 9994).map(({ line }) => line)).toEqual(superstore.lines.map(({ line }) => line))
    expect(seen.slice(0, 9994).map(({ sales }) => sales)).toEqual(
      superstore.lines.map(({ sales }) => formatMoney(sales)),
    )
  })
})

describe('paging', () => {
  const query = `query ($id: ID!, $first: Int!, $after: String) { _entities(representations: [{ __typename: "User", id: $id }]) {
    ... on User { orders(first: $first, after: $after) { totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id orderDate } } } } } }`
  const page = async (id: string, first: number, after?: string | null): Promise<OrdersData> => {
    const { data } = await ask(query, reader, { id, first, after })
    return (data as { _entities: [{ orders: OrdersData }] })._entities[0].orders
  }

  test('goes through every order once, newest first, also while new ones are placed', async () => {
    const busiest = 'WB-21850'
    const expected = superstore.orders
      .filter(({ userId }) => userId === busiest)
      .sort((a, b) => (`${a.orderDate} ${a.id}` < `${b.orderDate} ${b.id}` ? 1 : -1))
      .map(({ id }) => id)
    const seen: string[] = []
    let after: string | null = null
    do {
      const current: OrdersData = await page(busiest, 5, after)
      expect(current.pageInfo.hasPreviousPage).toBe(after !== null)
      seen.push(...current.edges.map(({ node }) => node.id))
      after = current.pageInfo.hasNextPage ? current.pageInfo.endCursor : null
      // Newer than every cursor: it must not push a row onto the next page.
      await place(busiest, [['FUR-FU-10004848', 1]])
    } while (after)
    expect(seen).toEqual(expected)
    const first = await page(busiest, 1)
    expect(first.totalCount).toBe(expected.length + Math.ceil(expected.length / 5))
  })

  test('refuses pages and cursors that it did not give', async () => {
    const forged = [cursorOf('2016-02-30', 'x'), cursorOf('infinity', 'x'), cursorOf('0000-01-01', 'x'), 'nonsense']
    const wrong = [{ first: 0 }, { first: 101 }, ...forged.map((after) => ({ first: 1, after }))]
    for (const variables of wrong) {
      const answer = await ask(query, reader, { id: 'CG-12520', ...variables })
      expect(answer).toMatchObject({
        data: { _entities: [{ orders: null }] },
        errors: [{ path: ['_entities', 0, 'orders'], extensions: { code: 'BAD_USER_INPUT' } }],
      })
    }
  })
})

describe('ordering', () => {
  const cancel = (id: string, identity?: Identity) =>
    ask('mutation ($id: ID!) { cancelOrder(id: $id) { id status } }', identity, { id })

  test("places all lines at today's prices, with exact money", async () => {
    const { data } = await place('CG-12520', [
      ['FUR-FU-10004848', 3],
      ['FUR-TA-10000577', 10_000],
      ['FUR-FU-10004848', 1],
    ])
    const { placeOrder: order } = data as { placeOrder: PlacedData }
    expect(order).toMatchObject({
      id: expect.stringMatching(/^[A-Z]{2}-\d{4}-\d{6}$/),
      ...{
        status: 'PLACED',
        shipDate: null,
        shipMode: 'STANDARD_CLASS',
        total: '3482307.00',
        user: { id: 'CG-12520' },
      },
      lines: [
        { position: 1, quantity: 3, discount: '0', sales: '155.25', profit: null, product: { id: 'FUR-FU-10004848' } },
        { position: 2, quantity: 10_000, sales: '3482100.00', product: { id: 'FUR-TA-10000577' } },
        { position: 3, quantity: 1, sales: '51.75', product: { id: 'FUR-FU-10004848' } },
      ],
    })
    expect(order.id.slice(3, 7)).toBe(order.orderDate.slice(0, 4))
  })

  test('makes one order of a hundred parallel calls with the same key', async () => {
    const lines: OrderedLine[] = [['FUR-FU-10004848', 2]]
    const answers = await Promise.all(Array.from({ length: 100 }, () => place('DV-13045', lines, 'once')))
    const ids = new Set(answers.map(({ data }) => (data as { placeOrder: PlacedData }).placeOrder.id))
    expect(ids.size).toBe(1)
    const other = await place('CG-12520', lines, 'once')
    expect(ids).not.toContain((other.data as { placeOrder: PlacedData }).placeOrder.id)
    for (const different of [[['FUR-FU-10004848', 3]], [['FUR-TA-10000577', 2]], [['missing', 1]]] as OrderedLine[][]) {
      expect(await place('DV-13045', different, 'once')).toMatchObject({
        data: { placeOrder: null },
        errors: [{ extensions: { code: 'IDEMPOTENCY_KEY_CONFLICT' } }],
      })
    }
  })

  test('places nothing when anything is wrong, and names all of it', async () => {
    const before = await ordersOf('DV-13045')
    const fields = async (lines: OrderedLine[], key?: string) => {
      const answer = await place('DV-13045', lines, key)
      expect(answer).toMatchObject({ data: { placeOrder: null }, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
      const problems = answer.errors?.[0]?.extensions?.problems as { field: string }[]
      return problems.map(({ field }) => field)
    }
    expect(await fields([])).toEqual(['lines'])
    expect(await fields(Array.from({ length: 101 }, () => ['FUR-FU-10004848', 1]))).toEqual(['lines'])
    const wrong: OrderedLine[] = [
      ['FUR-FU-10004848', 0],
      ['', 1],
      ['a\0b', 10_001],
    ]
    expect(await fields(wrong, 'k'.repeat(201))).toEqual([
      ...['lines[0].quantity', 'lines[1].productId', 'lines[2].productId', 'lines[2].quantity', 'idempotencyKey'],
    ])
    const unknown: OrderedLine[] = [
      ['missing', 1],
      ['FUR-FU-10004848', 1],
      ['absent', 1],
    ]
    expect(await fields(unknown, 'unused')).toEqual(['lines[0].productId', 'lines[2].productId'])
    expect(await ordersOf('DV-13045')).toBe(before)
    expect((await place(undefined, [['FUR-FU-10004848', 1]])).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ])
  })

  test('cancels what is not shipped, for its user only, once or twice', async () => {
    const owner = testIdentity('SO-20335')
    const placed = await place('SO-20335', [['FUR-FU-10004848', 1]])
    const { id } = (placed.data as { placeOrder: PlacedData }).placeOrder
    const before = await ordersOf('SO-20335')
    for (const identity of [testIdentity('CG-12520'), reader]) {
      expect((await cancel(id, identity)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
    expect((await cancel(id)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    for (let times = 0; times < 2; times += 1) {
      expect(await cancel(id, owner)).toEqual({ data: { cancelOrder: { id, status: 'CANCELLED' } } })
    }
    expect(await ordersOf('SO-20335')).toBe(before - 1)
    expect((await cancel('US-2015-108966', owner)).errors).toMatchObject([
      { message: expect.stringContaining('has been shipped'), extensions: { code: 'BAD_USER_INPUT' } },
    ])
    expect((await cancel('missing', owner)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })

  test('is all there after a restart, which imports nothing again', async () => {
    const before = await ordersOf('SO-20335')
    await orders.stop()
    const imported = reports.length
    expect(reports).toContain('importing orders 2,500 of 5,009')
    orders = await start()
    expect(reports).toHaveLength(imported)
    expect(await ordersOf('SO-20335')).toBe(before)
  })

  async function ordersOf(userId: string): Promise<number> {
    const { data } = await ask(
      'query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User { orderSummary { count } } } }',
      reader,
      { id: userId },
    )
    return (data as { _entities: [SummaryData] })._entities[0].orderSummary.count
  }
})

test('says which settings are missing', () => {
  const env = { DATABASE_URL: 'postgresql://me@localhost/postgres', SUBGRAPH_SECRET: 'long enough to be one' }
  expect(readOrdersSettings(env)).toMatchObject({ port: 4002, host: '127.0.0.1', secret: env.SUBGRAPH_SECRET })
  expect(() => readOrdersSettings({ ...env, PORT: 'x' })).toThrow(/PORT: Expected a port from 0 to 65535, got "x"/)
})

function place(userId: string | undefined, lines: readonly OrderedLine[], idempotencyKey?: string) {
  const query = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
    id user { id } status orderDate shipDate shipMode total
    lines { position quantity discount sales profit product { id } } } }`
  const input = { lines: lines.map(([productId, quantity]) => ({ productId, quantity })), idempotencyKey }
  return ask(query, userId === undefined ? undefined : testIdentity(userId), { input })
}

function cursorOf(...key: string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function tenThousandths(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(4, '0'))
}

type OrderedLine = readonly [productId: string, quantity: number]
type PlacedData = { id: string; orderDate: string }
type SummaryData = { orderSummary: { count: number; total: string } }
type PurchaseData = { line: number; sales: string }
type OrdersData = {
  totalCount: number
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
  edges: { node: { id: string } }[]
}
