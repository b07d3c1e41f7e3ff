import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Compute, openCompute } from '@tributary/compute-service'
import { createStopStack, listen } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import {
  bundleOf,
  createTestDatabase,
  type PostgresDoor,
  silentLog,
  startPostgresDoor,
  type TestDatabase,
} from '@tributary/runtime/testing'
import pg from 'pg'
import { profileQuery } from '../start/examples.ts'
import { type StartedProcess, startProcess } from './startProcess.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'tributary-alone-'))
const resultsDir = join(dataDir, 'results')
const SUBGRAPH_SECRET = 'the secret of these processes'
const started: StartedProcess[] = []
let database: TestDatabase

function start(file: string, env: Record<string, string>): StartedProcess {
  const one = startProcess(bundleOf(file), { PORT: '0', SUBGRAPH_SECRET, DATABASE_URL: database.url, ...env })
  started.push(one)
  return one
}

/** The port that a service alone says in its log that it listens on. */
async function portOf(service: StartedProcess): Promise<string> {
  const [, port = ''] = await service.waitFor(/"(?:port":|url":"http:\/\/127\.0\.0\.1:)(\d+)/)
  return port
}

afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

describe('each service alone', () => {
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop('SIGKILL')))
    await database.drop()
  })

  test('makes the same graph as all of them in one process, and ends on SIGTERM', async () => {
    const subgraphs = {
      users: start('subgraphs/users/src/main.ts', {}),
      orders: start('subgraphs/orders/src/main.ts', {}),
      recommendations: start('subgraphs/recommendations/src/main.ts', {}),
      compute: start('subgraphs/compute/src/main.ts', {}),
    }
    const urls: Record<string, string> = {}
    for (const [name, subgraph] of Object.entries(subgraphs)) {
      urls[name] = `http://127.0.0.1:${await portOf(subgraph)}/graphql`
    }
    const worker = start('compute-service/src/main.ts', {
      ORDERS_URL: urls.orders ?? '',
      RECOMMENDATIONS_URL: urls.recommendations ?? '',
    })
    const keys = await openDevelopmentKeys(dataDir)
    const gateway = start('gateway/src/main.ts', {
      SUBGRAPH_URLS: Object.entries(urls)
        .map(([name, url]) => `${name}=${url}`)
        .join(','),
      JWKS_FILE: join(dataDir, 'jwks.json'),
      SUBGRAPH_TIMEOUT_MS: '*=10000,compute=28000',
    })
    const url = `http://127.0.0.1:${await portOf(gateway)}`
    const workerUrl = `http://127.0.0.1:${await portOf(worker)}`
    for (const service of [...Object.values(urls).map((one) => one.replace('/graphql', '')), url, workerUrl]) {
      expect((await fetch(`${service}/healthz`)).status).toBe(200)
      expect((await fetch(`${service}/readyz`)).status).toBe(200)
    }

    const ask = async (query: string, variables: object) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await keys.sign({ userId: 'CG-12520' })}`,
        },
        body: JSON.stringify({ query, variables }),
      })
      return response.json()
    }
    expect(await ask(profileQuery, { id: 'CG-12520' })).toMatchObject({
      data: { user: { name: 'Claire Gute', orderSummary: { count: 3 }, recommendations: { length: 5 } } },
    })
    const { data } = await ask('mutation { forecastDemand(input: {}) { id } }', {})
    const done = 'query ($id: ID!) { job(id: $id, waitMs: 25000) { status } }'
    expect(await ask(done, { id: data.forecastDemand.id })).toEqual({ data: { job: { status: 'SUCCEEDED' } } })

    const unsigned = await fetch(urls.users ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    })
    expect(unsigned.status).toBe(401)

    for (const one of [gateway, worker, ...Object.values(subgraphs)]) expect(await one.stop('SIGTERM')).toBe(0)
  }, 120_000)

  test('says in one sentence what it cannot do without', async () => {
    const without = startProcess(bundleOf('subgraphs/users/src/main.ts'), { DATABASE_URL: database.url })
    expect(await without.exited).toBe(1)
    expect(without.output().trim()).toMatch(/^[^\n]*SUBGRAPH_SECRET[^\n]*$/)
  })
})

// Here, since there is one database `compute` on a server.
describe('workers alone', () => {
  const stack = createStopStack()
  const program = 'compute-service/src/main.ts'
  /** Tells who is asked: the orders subgraph, which may answer, or a result store, which takes requests and never does. */
  const asked = new EventEmitter()
  let neighbour: string
  let ledger: pg.Client
  let compute: Compute
  let door: PostgresDoor
  let worker: StartedProcess

  beforeAll(async () => {
    database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    const server = createServer((request, response) => {
      if (request.url === '/orders') response.end(JSON.stringify({ data: { purchases } }))
      asked.emit(request.url?.startsWith('/results/') ? 'store' : 'orders')
    })
    neighbour = `http://127.0.0.1:${await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })}`
    stack.add({
      async stop() {
        server.closeAllConnections()
        server.close()
      },
    })
    const databaseUrl = await (await connectDatabaseServer(database)).openUrl('compute')
    ledger = new pg.Client(databaseUrl)
    await ledger.connect()
    stack.add({ stop: () => ledger.end() })
    const resultPlace = { kind: 'folder', folder: resultsDir } as const
    compute = stack.add(await openCompute({ databaseUrl, resultPlace, log: silentLog }))
    door = stack.add(await startPostgresDoor(database.url))
  })
  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop('SIGKILL')))
    await stack.stop()
  })

  async function submit(owner: string): Promise<string> {
    return (await compute.submit({ kind: 'forecastDemand', input: {}, owner })).id
  }

  test('end when they are told to although the result store never answers, and give their job back', async () => {
    const other = start(program, {
      ORDERS_URL: `${neighbour}/orders`,
      ...{ S3_BUCKET: 'results', S3_ENDPOINT: neighbour, S3_ACCESS_KEY_ID: 'a key', S3_SECRET_ACCESS_KEY: 'a secret' },
    })
    await portOf(other)
    const stored = once(asked, 'store')
    const id = await submit('ann')
    await stored
    expect(await other.stop('SIGTERM')).toBe(0)
    expect(await compute.readJob(id)).toMatchObject({ status: 'QUEUED', attempt: 1, error: null })
    await compute.cancel(id)
  })

  test('keep what has ended for as many days as JOB_RETENTION_DAYS says, with its events and its result', async () => {
    const endedAgo = async (hours: number) => {
      const id = await submit('ann')
      await compute.cancel(id)
      const sql = `update jobs set has_files = true, finished_at = finished_at - $2 * interval '1 hour' where id = $1`
      await ledger.query(sql, [id, hours])
      await compute.results?.put({ jobId: id, attempt: 1, file: 'result.json' }, '1')
      return id
    }
    const [kept, gone] = [await endedAgo(47), await endedAgo(49)]
    worker = start(program, {
      DATABASE_URL: door.url,
      ORDERS_URL: `${neighbour}/silent`,
      ...{ RESULTS_DIR: resultsDir, JOB_RETENTION_DAYS: '2', JOBS_PER_OWNER: '1', WORKER_THREADS: '4' },
    })
    await portOf(worker)
    const patience = AbortSignal.timeout(20_000)
    while (!patience.aborted && (await compute.readJob(gone))) await sleep(50)
    const left = async (id: string) => {
      const file = await compute.results?.open({ jobId: id, attempt: 1, file: 'result.json' })
      file?.stream.destroy()
      const { rows } = await ledger.query('select seq from job_events where job_id = $1', [id])
      return { job: await compute.readJob(id), events: rows.length, bytes: file?.bytes }
    }
    expect(await left(gone)).toEqual({ job: undefined, events: 0, bytes: undefined })
    expect(await left(kept)).toMatchObject({ job: { status: 'CANCELLED' }, events: 2, bytes: 1 })
  })

  test('run as many jobs of one owner at a time as JOBS_PER_OWNER says', async () => {
    const [first, second, bobs] = [await submit('ann'), await submit('ann'), await submit('bob')]
    expect((await Promise.all([first, bobs].map(untilRunning))).map((job) => job?.status)).toEqual([
      'RUNNING',
      'RUNNING',
    ])
    // There is a thread for the second one as well.
    await compute.cancel(first)
    const { finishedAt } = await compute.waitForEnd(first, 20_000)
    const startedAt = (await untilRunning(second))?.startedAt
    // In order of time.
    expect([startedAt, finishedAt].sort()).toEqual([finishedAt, startedAt])
  })

  test('end when they are told to although the database takes connections and never answers, as does the compute subgraph', async () => {
    const ownDoor = stack.add(await startPostgresDoor(database.url))
    const subgraph = start('subgraphs/compute/src/main.ts', { DATABASE_URL: ownDoor.url })
    await portOf(subgraph)
    await Promise.all([door.hang(), ownDoor.hang()])
    expect(await Promise.all([worker, subgraph].map((one) => one.stop('SIGTERM')))).toEqual([0, 0])
  })

  async function untilRunning(id: string) {
    for await (const { job } of compute.followJob(id)) if (job.status !== 'QUEUED') return job
    return undefined
  }
})

/** Three years of sales. */
const purchases = Array.from({ length: 36 }, (_, month) => ({
  ...{ line: month + 1, userId: 'ann', productId: 'a-chair', category: 'Chairs', quantity: 10 + (month % 12) },
  ...{ sales: '1.00', orderDate: `${2014 + Math.floor(month / 12)}-${`${(month % 12) + 1}`.padStart(2, '0')}-17` },
}))
