import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import { createTestDatabase, type TestDatabase } from '@tributary/runtime/testing'
import { profileQuery } from '../start/examples.ts'
import { type StartedProcess, startProcess } from './startProcess.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'tributary-alone-'))
const SUBGRAPH_SECRET = 'the secret of these processes'
const started: StartedProcess[] = []
let database: TestDatabase

function start(file: string, env: Record<string, string>): StartedProcess {
  const one = startProcess(file, { PORT: '0', SUBGRAPH_SECRET, DATABASE_URL: database.url, ...env })
  started.push(one)
  return one
}

/** The port that a service alone says in its log that it listens on. */
async function portOf(service: StartedProcess): Promise<string> {
  const [, port = ''] = await service.waitFor(/"(?:port":|url":"http:\/\/127\.0\.0\.1:)(\d+)/)
  return port
}

describe('each service alone', () => {
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop('SIGKILL')))
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
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
    const without = startProcess('subgraphs/users/src/main.ts', { DATABASE_URL: database.url })
    expect(await without.exited).toBe(1)
    expect(without.output().trim()).toMatch(/^[^\n]*SUBGRAPH_SECRET[^\n]*$/)
  })
})
