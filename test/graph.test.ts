import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningCompute, startCompute } from '@tributary/compute'
import { startWorkers } from '@tributary/compute-service'
import { type RunningGateway, readGatewaySettings, startGateway } from '@tributary/gateway'
import { startOrders } from '@tributary/orders'
import { startRecommendations } from '@tributary/recommendations'
import { createStopStack } from '@tributary/runtime'
import { type DevelopmentKeys, openDevelopmentKeys } from '@tributary/runtime/identity'
import type { RunningSubgraph } from '@tributary/runtime/subgraph'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { startUsers } from '@tributary/users'
import { type Client, createClient } from 'graphql-ws'
import pg from 'pg'
import WebSocket from 'ws'

const secret = 'the secret of this suite'
const folder = mkdtempSync(join(tmpdir(), 'tributary-graph-'))
const stack = createStopStack()
const statements = { users: 0, orders: 0, recommendations: 0, compute: 0 }
let keys: DevelopmentKeys
let gateway: RunningGateway
let compute: RunningCompute
let recommendations: RunningSubgraph
let ledgerUrl: string

beforeAll(async () => {
  keys = await openDevelopmentKeys(folder)
  const service = async (name: keyof typeof statements) => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    return {
      databaseUrl: database.url,
      port: 0,
      host: '127.0.0.1',
      portSetting: 'PORT',
      secret,
      log: silentLog,
      onStatement: () => void statements[name]++,
    }
  }
  const users = stack.add(await startUsers(await service('users')))
  const orders = stack.add(await startOrders(await service('orders')))
  recommendations = stack.add(await startRecommendations(await service('recommendations')))
  const ledger = await service('compute')
  ledgerUrl = ledger.databaseUrl
  const resultPlace = { kind: 'folder', folder: join(folder, 'results') } as const
  compute = stack.add(await startCompute({ ...ledger, resultPlace }))
  stack.add(
    await startWorkers({
      databaseUrl: ledger.databaseUrl,
      ordersUrl: orders.url,
      recommendationsUrl: recommendations.url,
      secret,
      resultPlace,
      threads: 1,
      log: silentLog,
    }),
  )
  gateway = stack.add(
    await startGateway({
      settings: readGatewaySettings({ PORT: '0' }),
      subgraphs: new Map(
        Object.entries({ users, orders, recommendations, compute }).map(([name, { url }]) => [name, url]),
      ),
      secret,
      jwks: keys.jwks,
      log: silentLog,
    }),
  )
}, 60_000)

afterAll(async () => {
  await stack.stop()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

type Answer<Data> = {
  data?: Data | null
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

async function tokenOf(userId: string, ...scopes: string[]): Promise<string> {
  return `Bearer ${await keys.sign({ userId, scopes })}`
}

async function ask<Data>(query: string, variables: object, authorization: string): Promise<Answer<Data>> {
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
  })
  // What each test asks for is in its query.
  return (await response.json()) as Answer<Data>
}

/** Opens a socket of its own and gives what ends it. */
function connect(authorization: string): Client {
  return createClient({
    url: gateway.webSocketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  })
}

/** Resolves as soon as the condition holds; what changes it is on the other side of two sockets. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error('It did not come to hold within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

type TwoJobs = { older: { id: string }; newer: { id: string } }

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** Lets the time pass that a job waits for. */
async function makeDue(id: string | undefined): Promise<void> {
  const database = new pg.Client({ connectionString: ledgerUrl })
  await database.connect()
  await database.query('update jobs set next_run_at = clock_timestamp() where id = $1', [id])
  await database.end()
}

/** A job once it has ended; `result` is what to select of it. */
async function untilEnded<Result>(job: {
  id: string | undefined
  result: string
  authorization: string
}): Promise<{ status: string; result: Result }> {
  const query = `query ($id: ID!) { job(id: $id, waitMs: 5000) { status result { ${job.result} } } }`
  const { data, errors } = await ask<{ job: { status: string; result: Result } }>(
    query,
    { id: job.id },
    job.authorization,
  )
  // A machine that is busy training may not answer in time.
  if (errors?.some(({ extensions }) => `${extensions.code}`.endsWith('_TIMEOUT'))) return untilEnded(job)
  if (!data?.job) throw new Error(JSON.stringify(errors))
  return ['QUEUED', 'RUNNING'].includes(data.job.status) ? untilEnded(job) : data.job
}

describe('the graph', () => {
  test('asks each subgraph a constant number of statements, however many users are listed', async () => {
    const query = `query Many($first: Int!) { users(first: $first) { edges { node {
      name
      orders(first: 2) { totalCount edges { node { id total lines { quantity product { name price } } } } }
      orderSummary { count total favouriteCategory }
      recommendations(first: 3) { score product { name similar(first: 2) { product { name } } } }
    } } } }`
    type Many = { users: { edges: { node: { name: string; orderSummary: { count: number } } }[] } }
    const token = await tokenOf('staff', 'users:read')
    const count = async (first: number) => {
      Object.assign(statements, { users: 0, orders: 0, recommendations: 0 })
      const { data, errors } = await ask<Many>(query, { first }, token)
      expect(errors).toBeUndefined()
      expect(data?.users.edges).toHaveLength(first)
      for (const { node } of data?.users.edges ?? []) expect(node.orderSummary.count).toBeGreaterThan(0)
      return { users: statements.users, orders: statements.orders, recommendations: statements.recommendations }
    }
    const one = await count(1)
    expect(await count(50)).toEqual(one)
    expect(Math.max(...Object.values(one))).toBeLessThanOrEqual(8)
  })

  test('runs a job whose result is told in the terms of three subgraphs, over one socket', async () => {
    const client = connect(await tokenOf('CG-12520'))
    const submit = 'mutation { forecastDemand(input: { months: 2 }) { id } }'
    let id = ''
    for await (const { data } of client.iterate<{ forecastDemand: { id: string } }>({ query: submit })) {
      id = data?.forecastDemand.id ?? ''
    }
    const updates: Record<string, unknown>[] = []
    const query = `subscription ($id: ID!) { jobUpdates(id: $id) { seq at job { status submittedBy { name } result {
      ... on DemandForecast { series { category product { name } model forecast { month } topProducts { name price }
        backtest { mase seasonalNaiveMase coverage widening months { month actual } } } skipped { reason } chart { mediaType url } } } } } }`
    for await (const { data, errors } of client.iterate<{ jobUpdates: Record<string, unknown> }>({
      query,
      variables: { id },
    })) {
      expect(errors).toBeUndefined()
      if (data) updates.push(data.jobUpdates)
    }
    expect(updates.at(-1)).toMatchObject({
      job: {
        status: 'SUCCEEDED',
        submittedBy: { name: 'Claire Gute' },
        result: {
          series: expect.arrayContaining([
            expect.objectContaining({ category: 'Furniture', product: null, model: 'HOLT_WINTERS' }),
          ]),
          skipped: [],
          chart: { mediaType: 'image/svg+xml' },
        },
      },
    })
    expect(JSON.stringify(updates.at(-1))).toMatch(/"topProducts":\[\{"name":"[^"]+","price":"\d+\.\d\d"\}/)
    await client.dispose()
  }, 60_000)

  test('segments customers, shows them, and keeps the newest when an older job ends late', async () => {
    const claire = await tokenOf('CG-12520')
    const submit = `mutation ($runAt: DateTime!) {
      older: submitJob(kind: "segmentCustomers", input: { segments: 5 }, runAt: $runAt) { id }
      newer: segmentCustomers(input: {}) { id }
    }`
    const result = `... on CustomerSegments {
      version served customers chart { name mediaType url } segments { name size version } }`
    type Segments = {
      version: string
      served: boolean
      customers: number
      chart: { name: string; mediaType: string; url: string }
      segments: { name: string; size: number; version: string }[]
    }
    const { data: jobs } = await ask<TwoJobs>(submit, { runAt: inAnHour() }, claire)
    const newer = await untilEnded<Segments>({ id: jobs?.newer.id, result, authorization: claire })
    await makeDue(jobs?.older.id)
    const older = await untilEnded<Segments>({ id: jobs?.older.id, result, authorization: claire })
    expect(newer).toMatchObject({ status: 'SUCCEEDED', result: { served: true, customers: 793 } })
    expect(older).toMatchObject({ status: 'SUCCEEDED', result: { served: false, customers: 793 } })

    const profile = 'query ($id: ID!) { user(id: $id) { name customerType segment { name size version } } }'
    type Profile = { user: { name: string; segment: { name: string } } }
    const own = await ask<Profile>(profile, { id: 'CG-12520' }, claire)
    expect(own).toMatchObject({ data: { user: { name: 'Claire Gute', customerType: 'CONSUMER' } } })
    expect(newer.result.segments).toContainEqual(own.data?.user.segment)

    const { name, mediaType, url } = newer.result.chart
    expect([name, mediaType]).toEqual(['chart.svg', 'image/svg+xml'])
    const picture = await fetch(url)
    expect(picture.headers.get('content-security-policy')).toContain('sandbox')
    expect(await picture.text()).toContain(`>${own.data?.user.segment.name}<`)
  }, 60_000)

  test('serves the model of the training that was submitted last, also when an older one ends after it', async () => {
    const claire = await tokenOf('CG-12520')
    const submit = `mutation ($runAt: DateTime!) {
      older: submitJob(kind: "trainRecommendations", input: { regularisation: 10 }, runAt: $runAt) { id }
      newer: trainRecommendations(input: { regularisation: 1000 }) { id }
    }`
    const result = `... on RecommendationModel { version served regularisation chart { name mediaType }
      metrics { recallAt20 ndcgAt20 } popularityMetrics { recallAt20 } itemKnnMetrics { ndcgAt20 }
      examples { product { name price } similar { score product { id } } } }`
    type Model = { version: string; served: boolean; regularisation: number }
    const { data: jobs } = await ask<TwoJobs>(submit, { runAt: inAnHour() }, claire)
    const recommended = `query ($id: ID!) { user(id: $id) {
      recommendations(first: 50) { score reason source modelVersion product { id similar { score product { id } } } } } }`
    const read = () => ask<object>(recommended, { id: 'CG-12520' }, claire)

    const newer = await untilEnded<Model>({ id: jobs?.newer.id, result, authorization: claire })
    const share = expect.any(Number)
    expect(newer).toMatchObject({
      status: 'SUCCEEDED',
      result: {
        ...{ served: true, regularisation: 1_000, chart: { name: 'chart.svg', mediaType: 'image/svg+xml' } },
        metrics: { recallAt20: share, ndcgAt20: share },
        popularityMetrics: { recallAt20: share },
        itemKnnMetrics: { ndcgAt20: share },
        examples: expect.arrayContaining([
          {
            product: { name: expect.any(String), price: expect.stringMatching(/^\d+\.\d\d$/) },
            similar: expect.arrayContaining([{ score: share, product: { id: expect.any(String) } }]),
          },
        ]),
      },
    })
    const before = await read()
    expect(before).toMatchObject({
      data: { user: { recommendations: { 0: { source: 'MODEL', modelVersion: newer.result.version } } } },
    })

    await makeDue(jobs?.older.id)
    const older = await untilEnded<Model>({ id: jobs?.older.id, result, authorization: claire })
    expect(older).toMatchObject({ status: 'SUCCEEDED', result: { served: false, regularisation: 10 } })
    expect(Number(older.result.version)).toBeLessThan(Number(newer.result.version))
    expect(await read()).toEqual(before)
  }, 240_000)

  test('frees everything on both sides when a client leaves in the middle of a stream', async () => {
    const authorization = await tokenOf('CG-12520')
    const submitted = await ask<{ trainRecommendations: { id: string } }>(
      'mutation { trainRecommendations(input: { regularisation: 100 }) { id } }',
      {},
      authorization,
    )
    const id = submitted.data?.trainRecommendations.id ?? ''
    // The orders subgraph, which is in this process, has given its purchases by then: on a busy machine nobody else is served meanwhile.
    const first = connect(authorization)
    type Progress = { jobUpdates: { job: { progress: { fraction: number } | null } } }
    const progress = 'subscription ($id: ID!) { jobUpdates(id: $id) { job { progress { fraction } } } }'
    for await (const { data } of first.iterate<Progress>({ query: progress, variables: { id } })) {
      if ((data?.jobUpdates.job.progress?.fraction ?? 0) >= 0.05) break
    }
    await first.dispose()
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = connect(authorization)
        const stream = client.iterate({
          query: 'subscription ($id: ID!) { jobUpdates(id: $id) { seq } }',
          variables: { id },
        })
        expect((await stream.next()).value).toMatchObject({ data: { jobUpdates: { seq: expect.any(Number) } } })
        return { client, stream }
      }),
    )
    for (const [i, { client, stream }] of clients.entries()) {
      // Half of them say goodbye, half are gone.
      if (i % 2 === 0) await stream.return?.()
      else client.terminate()
    }
    await eventually(() => compute.followerCounts().followers === 0)
    expect(compute.followerCounts()).toEqual({ followers: 0, jobs: 0 })
    for (const { client } of clients) await client.dispose()
    const cancelled = await ask<{ cancelJob: { status: string } }>(
      'mutation ($id: ID!) { cancelJob(id: $id) { id } }',
      { id },
      authorization,
    )
    expect(cancelled.errors).toBeUndefined()
  }, 60_000)

  test("keeps one user's jobs from another, on every way to them", async () => {
    const owner = await tokenOf('CG-12520')
    const other = await tokenOf('DV-13045')
    const submitted = await ask<{ forecastDemand: { id: string } }>(
      'mutation { forecastDemand(input: {}) { id } }',
      {},
      owner,
    )
    const id = submitted.data?.forecastDemand.id ?? ''
    const read = 'query ($id: ID!) { job(id: $id) { status } }'
    const codesOf = ({ errors }: Answer<unknown>) => errors?.map(({ extensions }) => extensions.code)
    const unknown = '00000000-0000-4000-8000-000000000000'
    const foreign = await ask(read, { id }, other)
    const absent = await ask(read, { id: unknown }, other)
    expect(codesOf(foreign)).toEqual(['NOT_FOUND'])
    expect(JSON.stringify(foreign).replaceAll(id, unknown)).toBe(JSON.stringify(absent))
    expect(codesOf(await ask('mutation ($id: ID!) { cancelJob(id: $id) { status } }', { id }, other))).toEqual([
      'NOT_FOUND',
    ])
    const client = connect(other)
    const query = 'subscription ($id: ID!) { jobUpdates(id: $id) { seq } }'
    const refused = client.iterate({ query, variables: { id } }).next()
    await expect(refused).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND', service: 'compute' } }])
    await client.dispose()
    expect((await ask<{ jobs: unknown }>('{ jobs { totalCount } }', {}, other)).data?.jobs).toEqual({ totalCount: 0 })
  })

  test('names the field of a bad input, and makes no job of it', async () => {
    const authorization = await tokenOf('SO-20335')
    for (const [query, field] of [
      ['mutation { forecastDemand(input: { months: 99 }) { id } }', 'months'],
      ['mutation { submitJob(kind: "trainRecommendations", input: { regularisation: -1 }) { id } }', 'regularisation'],
      ['mutation { submitJob(kind: "mineBitcoins", input: {}) { id } }', 'kind'],
    ]) {
      const { errors } = await ask(query ?? '', {}, authorization)
      expect(errors).toHaveLength(1)
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining(field ?? ''),
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
    expect((await ask<{ jobs: unknown }>('{ jobs { totalCount } }', {}, authorization)).data?.jobs).toEqual({
      totalCount: 0,
    })
  })

  // The last one: it takes a subgraph away.
  test('loses only what a subgraph owes when that one is down', async () => {
    await recommendations.stop()
    const { data, errors } = await ask<{ user: unknown }>(
      'query ($id: ID!) { user(id: $id) { name orderSummary { count } recommendations { score } } }',
      { id: 'CG-12520' },
      await tokenOf('CG-12520'),
    )
    expect(data?.user).toEqual({ name: 'Claire Gute', orderSummary: { count: 3 }, recommendations: null })
    expect(errors).toEqual([
      {
        message: expect.stringContaining('recommendations'),
        path: ['user', 'recommendations'],
        extensions: { code: 'SUBREQUEST_HTTP_ERROR', service: 'recommendations' },
      },
    ])
    const readiness = await (await fetch(new URL('/readyz', gateway.url))).json()
    expect(readiness).toMatchObject({ status: 'degraded', subgraphs: { users: { status: 'healthy' } } })
  })
})
