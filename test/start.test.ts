import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleOf } from '@tributary/runtime/testing'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { followSubscription, profileQuery, trainMutation } from '../start/examples.ts'
import { type StartedProcess, startProcess } from './startProcess.ts'

type Answer<Data> = { data?: Data | null; errors?: { message: string; extensions: { code: string } }[] }
type Profile = {
  user: {
    name: string
    orders: { edges: { node: { id: string } }[] }
    orderSummary: { count: number }
    recommendations: { score: number; reason: string; product: { name: string } }[]
  }
}
type Update = {
  seq: number
  job: { status: string; progress: { fraction: number } | null; submittedBy: { name: string } }
}
type PlacedOrder = { id: string; total: string }

const program = bundleOf('start.ts')
const dataDir = mkdtempSync(join(tmpdir(), 'tributary-start-'))
chmodSync(dataDir, 0o755)
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

/** The processes whose command line or parent says that they belong to this data folder. */
function processesOf(pid: number): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]
        return Number(parent) === pid || readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(dataDir)
      } catch {
        return false
      }
    })
}

describe('npm start', () => {
  let graph: StartedProcess
  let url: string
  let token: string

  beforeAll(async () => {
    // As `npm start` does; from here on what is bundled, which is the same and starts several times as fast.
    graph = startProcess('start.ts', { DATA_DIR: dataDir, PORT: '0' })
    const [, found = ''] = await graph.waitFor(/GraphQL\s+(http:\S+)\/graphql/)
    url = found
    token = (await graph.waitFor(/Authorization: (Bearer \S+)\s/))[1] ?? ''
    await graph.waitFor(/Ctrl-C/)
  }, 120_000)
  afterAll(() => graph.stop('SIGKILL'))

  async function ask<Data>(
    query: string,
    variables: Record<string, unknown>,
    authorization?: string,
  ): Promise<Answer<Data>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify({ query, variables }),
    })
    // What each test asks for is in its query.
    return (await response.json()) as Answer<Data>
  }

  /** The last line that `npm run token` prints. */
  function npmRunToken(...args: string[]): string {
    const env = { ...process.env, DATA_DIR: dataDir, NODE_OPTIONS: '' }
    const output = execFileSync('npm', ['run', '-s', 'token', '--', ...args], { env, encoding: 'utf8' })
    return output.trim().split('\n').at(-1) ?? ''
  }

  /** The same, of the bundled program. */
  function runToken(...args: string[]): string {
    const env = { ...process.env, DATA_DIR: dataDir, NODE_OPTIONS: '' }
    const command = bundleOf('runtime/src/identity/tokenCommand.ts')
    const output = execFileSync(process.execPath, [command, ...args], { env, encoding: 'utf8' })
    return output.trim().split('\n').at(-1) ?? ''
  }

  test('says what it does while it does it, and then what there is to try', () => {
    const output = graph.output()
    for (const step of ['preparing the database', 'importing orders 5,009 of 5,009', 'composing', 'listening']) {
      expect(output).toContain(step)
    }
    expect(output.indexOf('preparing')).toBeLessThan(output.indexOf('composing'))
    expect(output).toContain('query Profile')
    expect(output).toContain('subscription Follow')
    expect(output).not.toMatch(/error|warn/i)
  })

  test('answers the query of the README with the data of three subgraphs', async () => {
    const { data, errors } = await ask<Profile>(profileQuery, { id: 'CG-12520' }, token)
    expect(errors).toBeUndefined()
    expect(data?.user.name).toBe('Claire Gute')
    expect(data?.user.orderSummary.count).toBe(3)
    expect(data?.user.orders.edges.map(({ node }) => node.id)).toContain('CA-2016-152156')
    expect(data?.user.recommendations).toHaveLength(5)
    for (const { score, reason, product } of data?.user.recommendations ?? []) {
      expect(score).toBeGreaterThan(0)
      expect(reason).toMatch(/^Popular/)
      expect(product.name).toEqual(expect.any(String))
    }
  })

  test('shows the user to nobody else', async () => {
    for (const authorization of [undefined, `Bearer ${npmRunToken('--user', 'DV-13045')}`]) {
      const { data, errors } = await ask(
        'query Name($id: ID!) { user(id: $id) { name } }',
        { id: 'CG-12520' },
        authorization,
      )
      expect(data).toEqual({ user: null })
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND'])
    }
  })

  test('refuses a token that was revoked', async () => {
    const own = runToken('--user', 'CG-12520')
    const name = () => ask<{ user: { name: string } }>('{ user(id: "CG-12520") { name } }', {}, `Bearer ${own}`)
    expect((await name()).data?.user.name).toBe('Claire Gute')
    expect(runToken('--revoke', own)).toMatch(/^revoked jti:/)
    let answer = await name()
    for (; !answer.errors; answer = await name()) await sleep(10)
    expect(answer.errors).toMatchObject([
      { message: 'The token has been revoked', extensions: { code: 'UNAUTHENTICATED' } },
    ])
  })

  test('trains a model whose job can be followed to its end, and recommends from it', async () => {
    const { data, errors } = await ask<{ trainRecommendations: { id: string; status: string } }>(
      trainMutation,
      {},
      token,
    )
    expect(errors).toBeUndefined()
    expect(data?.trainRecommendations.status).toBe('QUEUED')
    const id = data?.trainRecommendations.id
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: token },
      retryAttempts: 0,
    })
    const follow = async () => {
      const updates: Update[] = []
      const request = { query: followSubscription, variables: { id } }
      for await (const event of client.iterate<{ jobUpdates: Update }>(request)) {
        expect(event.errors).toBeUndefined()
        if (event.data) updates.push(event.data.jobUpdates)
      }
      return updates
    }
    const updates = await follow()
    expect(updates.map(({ seq }) => seq)).toEqual(updates.map((_, i) => (updates[0]?.seq ?? 0) + i))
    expect(updates.at(-1)?.job).toMatchObject({
      status: 'SUCCEEDED',
      progress: { fraction: 1 },
      submittedBy: { name: 'Claire Gute' },
    })
    const fractions = updates.map(({ job }) => job.progress?.fraction ?? 0)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(new Set(fractions).size).toBeGreaterThan(3)

    expect(await follow()).toEqual([updates.at(-1)])
    await client.dispose()

    const served = await ask<{ user: { recommendations: unknown[] } }>(
      'query Source($id: ID!) { user(id: $id) { recommendations { source modelVersion } } }',
      { id: 'CG-12520' },
      token,
    )
    expect(served.data?.user.recommendations[0]).toEqual({ source: 'MODEL', modelVersion: '1' })
    const result = await ask<{ job: { result: { examples: { product: unknown }[] } } }>(
      'query Result($id: ID!) { job(id: $id) { result { ... on RecommendationModel { examples { product { name price } } } } } }',
      { id },
      token,
    )
    expect(result.data?.job.result.examples[0]?.product).toEqual({
      name: expect.any(String),
      price: expect.stringMatching(/^\d+\.\d\d$/),
    })
  }, 120_000)

  test('says in one sentence that its port or its data folder is in use', async () => {
    const port = new URL(url).port
    const second = startProcess(program, { DATA_DIR: join(dataDir, 'second'), PORT: port })
    expect(await second.exited).toBe(1)
    expect(second.output().trim().split('\n').at(-1)).toBe(
      `Port ${port} is in use: stop what listens there, or set PORT to another port.`,
    )
    const third = startProcess(program, { DATA_DIR: dataDir, PORT: '0' })
    expect(await third.exited).toBe(1)
    expect(third.output().trim().split('\n').at(-1)).toMatch(/^The data folder .* is in use by another process: /)
    expect(third.output()).not.toMatch(/^\s+at /m)
  }, 60_000)

  test('stops everything on Ctrl-C, leaves no process behind, and has the data on the next start', async () => {
    const before = await ask<{ placeOrder: PlacedOrder }>(
      'mutation { placeOrder(input: { lines: [{ productId: "FUR-BO-10001798", quantity: 2 }] }) { id total } }',
      {},
      token,
    )
    const id = before.data?.placeOrder.id
    expect(id).toMatch(/^\w\w-\d{4}-\d+$/)
    expect(await graph.stop('SIGINT')).toBe(0)
    expect(processesOf(graph.pid)).toEqual([])

    graph = startProcess(program, { DATA_DIR: dataDir, PORT: '0' })
    url = (await graph.waitFor(/GraphQL\s+(http:\S+)\/graphql/))[1] ?? ''
    await graph.waitFor(/Ctrl-C/)
    expect(graph.output()).not.toContain('importing')
    const after = await ask<{ order: PlacedOrder }>(
      'query Order($id: ID!) { order(id: $id) { id total } }',
      { id },
      token,
    )
    expect(after.data?.order).toEqual(before.data?.placeOrder)
    expect(await graph.stop('SIGTERM')).toBe(0)
    expect(processesOf(graph.pid)).toEqual([])
  }, 90_000)
})

describe('npm start with something wrong', () => {
  test.each([
    [
      'a setting that does not parse',
      { PORT: 'abc' },
      /^Please correct the settings: PORT: Expected a port from 0 to 65535, got "abc"\.$/,
    ],
    [
      'a folder that cannot be made',
      { DATA_DIR: '/proc/nowhere' },
      /\/proc\/nowhere.* cannot be written.*set DATA_DIR/,
    ],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgresql://me@127.0.0.1:9/x' },
      /^The database at 127\.0\.0\.1:9 does not answer/,
    ],
  ])(
    '%s is one clear sentence and exit code 1',
    async (_what, env, sentence) => {
      const started = startProcess(program, { DATA_DIR: join(dataDir, 'wrong'), PORT: '0', ...env })
      expect(await started.exited).toBe(1)
      expect(started.output().trim().split('\n').at(-1)).toMatch(sentence)
      expect(started.output()).not.toMatch(/^\s+at /m)
    },
    30_000,
  )

  test('a database that accepts and says nothing is given up', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = mute.address()
    const port = typeof address === 'object' ? address?.port : 0
    const started = startProcess(program, {
      DATA_DIR: join(dataDir, 'mute'),
      PORT: '0',
      DATABASE_URL: `postgresql://me@127.0.0.1:${port}/x`,
    })
    expect(await started.exited).toBe(1)
    expect(started.output()).toMatch(/does not answer/)
    mute.close()
  }, 30_000)
})
