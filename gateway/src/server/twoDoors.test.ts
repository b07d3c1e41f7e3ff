import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { Writable } from 'node:stream'
import { createStopStack } from '@tributary/runtime'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import { pino } from 'pino'
import { readGatewaySettings } from '../config.ts'
import { type RunningGateway, startGateway } from '../startGateway.ts'
import { startTinyGraph, type TinyGraph } from '../tinyGraph.fixture.ts'

const stack = createStopStack()
const agent = new Agent({ keepAlive: true })
let graph: TinyGraph
let both: Door
let slow: Door
let tokens: Record<'ada' | 'forged', string>
let dataDir: string

type Door = { gateway: RunningGateway; lines: Record<string, unknown>[] }

beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/tributary-doors-`)
  const keys = await openDevelopmentKeys(dataDir)
  tokens = { ada: await keys.sign({ userId: 'ada' }), forged: 'a.b.c' }
  graph = await startTinyGraph(stack)
  const open = async (fastDoor: boolean): Promise<Door> => {
    const lines: Record<string, unknown>[] = []
    const log = pino(
      { base: null },
      new Writable({ write: (chunk, _, done) => done(void lines.push(JSON.parse(String(chunk)))) }),
    )
    const settings = readGatewaySettings({
      PORT: '0',
      CORS_ORIGINS: 'https://app.example.com',
      MAX_BODY_BYTES: '2000',
      SUPERGRAPH_POLL_MS: '0',
      OPERATION_TIMEOUT_MS: '400',
    })
    const subgraphs = new Map([
      ['library', graph.library.url],
      ['reviews', graph.reviews.url],
    ])
    const gateway = await startGateway({
      settings,
      subgraphs,
      secret: 'a secret of the test suite',
      jwks: keys.jwks,
      log,
      fastDoor,
    })
    stack.add(gateway)
    lines.length = 0
    return { gateway, lines }
  }
  both = await open(true)
  slow = await open(false)
})
afterAll(async () => {
  agent.destroy()
  await stack.stop()
  await rm(dataDir, { recursive: true })
})

type Sent = { method?: string; path?: string; headers?: Record<string, string>; body?: unknown; raw?: string | Buffer }

const echo = 'query Echo($text: String) { echo(text: $text) }'
const book = '{ book(isbn: "1") { isbn title stars } reviewCount }'
const two = 'query A { __typename } query B { reviewCount }'

/** What comes, and whether the second and third of three goes by the fast door. */
const requests: [string, Sent, 'fast' | 'slow'][] = [
  ['a query', { body: { query: '{ reviewCount }' } }, 'fast'],
  ['a query over two subgraphs', { body: { query: book } }, 'fast'],
  ['a variable', { body: { query: echo, variables: { text: 'hi' } } }, 'fast'],
  [
    'a variable with quotes, line ends and other scripts',
    { body: { query: echo, variables: { text: '"\\\n\u0000\u2028é😀' } } },
    'fast',
  ],
  ['half of a surrogate pair', { raw: `{"query":${JSON.stringify(echo)},"variables":{"text":"\\ud800"}}` }, 'fast'],
  ['a long text', { body: { query: echo, variables: { text: 'x'.repeat(1_500) } } }, 'fast'],
  ['a variable that is null', { body: { query: echo, variables: { text: null } } }, 'fast'],
  ['no variables', { body: { query: echo, variables: null } }, 'fast'],
  ['more variables than are asked for', { body: { query: echo, variables: { text: 'a', more: 1 } } }, 'fast'],
  ['an operation by its name', { body: { query: two, operationName: 'B' } }, 'fast'],
  ['the only operation by its name', { body: { query: echo, operationName: 'Echo' } }, 'fast'],
  ['an operation name that is null', { body: { query: '{ reviewCount }', operationName: null } }, 'fast'],
  ['an empty operation name', { body: { query: '{ reviewCount }', operationName: '' } }, 'fast'],
  ['a mutation', { body: { query: 'mutation { shelve(isbn: "2") { title } }' } }, 'fast'],
  ['__typename', { body: { query: '{ __typename }' } }, 'fast'],
  ['introspection', { body: { query: '{ __schema { queryType { name } } }' } }, 'fast'],
  [
    'aliases that every object inherits',
    { body: { query: '{ constructor: reviewCount toString: reviewCount }' } },
    'fast',
  ],
  [
    '@skip and @include',
    {
      body: {
        query: 'query ($b: Boolean!) { reviewCount @skip(if: $b) a: reviewCount @include(if: $b) }',
        variables: { b: true },
      },
    },
    'fast',
  ],
  ['a fragment', { body: { query: '{ book(isbn: "3") { ...F } } fragment F on Book { stars }' } }, 'fast'],
  ['extensions that are null', { body: { query: '{ reviewCount }', extensions: null } }, 'fast'],
  ['extensions', { body: { query: '{ reviewCount }', extensions: {} } }, 'slow'],
  ['a body with a byte order mark', { raw: `\ufeff${JSON.stringify({ query: '{ reviewCount }' })}` }, 'fast'],
  [
    'a charset',
    { headers: { 'content-type': 'application/json; charset=utf-8' }, body: { query: '{ reviewCount }' } },
    'fast',
  ],
  [
    'another charset',
    { headers: { 'content-type': 'application/json; charset=latin1' }, body: { query: '{ reviewCount }' } },
    'slow',
  ],
  ['no accept', { headers: { accept: '' }, body: { query: '{ reviewCount }' } }, 'fast'],
  [
    'accept: application/graphql-response+json',
    { headers: { accept: 'application/graphql-response+json' }, body: { query: '{ reviewCount }' } },
    'fast',
  ],
  [
    'accept with weights',
    {
      headers: { accept: 'application/json;q=0.5, application/graphql-response+json' },
      body: { query: '{ reviewCount }' },
    },
    'fast',
  ],
  ['accept: text/html', { headers: { accept: 'text/html' }, body: { query: '{ reviewCount }' } }, 'slow'],
  ['a token', { headers: { authorization: 'Bearer ADA' }, body: { query: '{ reviewCount }' } }, 'fast'],
  ['a forged token', { headers: { authorization: 'Bearer FORGED' }, body: { query: '{ reviewCount }' } }, 'slow'],
  ['another scheme', { headers: { authorization: 'Basic YTpi' }, body: { query: '{ reviewCount }' } }, 'slow'],
  [
    'a page that is allowed',
    { headers: { origin: 'https://app.example.com' }, body: { query: '{ reviewCount }' } },
    'fast',
  ],
  [
    'a page that is not',
    { headers: { origin: 'https://evil.example.com' }, body: { query: '{ reviewCount }' } },
    'fast',
  ],
  ['a value that breaks the schema', { body: { query: '{ broken reviewCount }' } }, 'slow'],
  ['a variable of a wrong type', { body: { query: echo, variables: { text: 1 } } }, 'slow'],
  ['variables that are a list', { body: { query: echo, variables: [1] } }, 'slow'],
  ['an operation that is not there', { body: { query: two, operationName: 'C' } }, 'slow'],
  ['no operation name where one is needed', { body: { query: two } }, 'slow'],
  ['text that is no GraphQL', { body: { query: '{' } }, 'slow'],
  ['an unknown field', { body: { query: '{ nope }' } }, 'slow'],
  ['a query that is no text', { body: { query: 1 } }, 'slow'],
  ['no JSON', { raw: '{"query":' }, 'slow'],
  ['no UTF-8', { raw: Buffer.from([0x7b, 0xff, 0x7d]) }, 'slow'],
  ['a batch', { body: [{ query: '{ reviewCount }' }] }, 'slow'],
  ['a body that is too large', { body: { query: '{ reviewCount }', x: 'x'.repeat(3_000) } }, 'slow'],
  ['a subscription that the graph has not', { body: { query: 'subscription { x }' } }, 'slow'],
  [
    'a GET',
    { method: 'GET', path: '/graphql?query=%7BreviewCount%7D', headers: { 'apollo-require-preflight': '1' } },
    'slow',
  ],
  ['a search', { path: '/graphql?x=1', body: { query: '{ reviewCount }' } }, 'slow'],
  ['a PUT', { method: 'PUT', body: { query: '{ reviewCount }' } }, 'slow'],
  ['a query that is too deep', { body: { query: `{ echo(text: ${'['.repeat(20)}1${']'.repeat(20)}) }` } }, 'slow'],
]

test.each(requests)(
  'both doors answer alike, byte for byte, and write the same log line: %s',
  async (_what, sent, door) => {
    for (let time = 1; time <= 3; time++) {
      const before = both.gateway.fastDoorAnswers()
      both.lines.length = 0
      slow.lines.length = 0
      const expected = await send(slow.gateway, sent)
      const actual = await send(both.gateway, sent)
      expect(actual).toEqual(expected)
      expect(both.lines.map(timeless)).toEqual(slow.lines.map(timeless))
      expect(both.lines).toHaveLength(1)
      // The first one may be the first of its text, its token or its `accept`.
      if (time > 1) expect(both.gateway.fastDoorAnswers() - before).toBe(door === 'fast' ? 1 : 0)
    }
    expect(slow.gateway.fastDoorAnswers()).toBe(0)
  },
)

test('who comes when too many operations run is refused at once; who runs is answered', async () => {
  const settings = readGatewaySettings({ PORT: '0', SUPERGRAPH_POLL_MS: '0', MAX_CONCURRENT_OPERATIONS: '1' })
  const subgraphs = new Map([['reviews', graph.reviews.url]])
  const gateway = stack.add(await startGateway({ settings, subgraphs, log: pino({ level: 'silent' }) }))
  let resolve = () => {}
  graph.reviews.hold(
    new Promise<void>((done) => {
      resolve = done
    }),
  )
  const before = graph.reviews.requests.length
  const running = send(gateway, { body: { query: '{ reviewCount }' } })
  while (graph.reviews.requests.length === before) await new Promise((done) => setImmediate(done))
  const refused = await send(gateway, { body: { query: '{ reviewCount }' } })
  expect(refused.status).toBe(503)
  expect(refused.headers).toContain('retry-after: 1')
  expect(refused.body).toContain('"REQUEST_CONCURRENCY_LIMITED"')
  graph.reviews.hold(Promise.resolve())
  resolve()
  expect((await running).status).toBe(200)
  expect((await send(gateway, { body: { query: '{ reviewCount }' } })).status).toBe(200)
})

test('with OPERATION_DEDUPE equal queries of a client that run at a time run once, others and mutations on their own', async () => {
  const settings = readGatewaySettings({
    ...{ PORT: '0', SUPERGRAPH_POLL_MS: '0', OPERATION_DEDUPE: '1', SUBGRAPH_DEDUPE: '0' },
    FORWARD_HEADERS: 'accept-language',
  })
  const subgraphs = new Map([
    ['library', graph.library.url],
    ['reviews', graph.reviews.url],
  ])
  const gateway = stack.add(await startGateway({ settings, subgraphs, log: pino({ level: 'silent' }) }))
  const query = { body: { query: book } }
  const shelve = { body: { query: 'mutation { shelve(isbn: "1") { title } }' } }
  for (const one of [query, shelve]) for (let time = 0; time < 2; time++) await send(gateway, one)
  let resolve = () => {}
  graph.library.hold(
    new Promise<void>((done) => {
      resolve = done
    }),
  )
  const before = graph.library.requests.length
  const all = [
    ...Array.from({ length: 5 }, () => send(gateway, query)),
    send(gateway, { ...query, headers: { 'accept-language': 'de' } }),
    send(gateway, { body: { query: book, variables: {} } }),
    send(gateway, shelve),
    send(gateway, shelve),
  ]
  while (graph.library.requests.length < before + 5) await new Promise((done) => setImmediate(done))
  // All have come by now: an answer to another request is behind them.
  await send(gateway, { body: { query: '{ reviewCount }' } })
  graph.library.hold(Promise.resolve())
  resolve()
  const answers = await Promise.all(all)
  expect(graph.library.requests.length).toBe(before + 5)
  expect(new Set(answers.slice(0, 7).map(({ body }) => body)).size).toBe(1)
  expect(answers[0]?.body).toBe('{"data":{"book":{"isbn":"1","title":"Title 1","stars":1},"reviewCount":3}}\n')
  expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200))
})

test('a subgraph that fails, and a deadline that passes, are told alike', async () => {
  const sent = { body: { query: '{ slow: reviewCount }' } }
  await send(both.gateway, sent)
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  graph.reviews.hold(promise)
  try {
    const [expected, actual] = await Promise.all([send(slow.gateway, sent), send(both.gateway, sent)])
    expect(expected.status).toBe(504)
    expect(actual).toEqual(expected)
  } finally {
    graph.reviews.hold(Promise.resolve())
    resolve()
  }
  await graph.reviews.stop()
  const [expected, actual] = [await send(slow.gateway, sent), await send(both.gateway, sent)]
  expect(expected.body).toContain('SUBREQUEST_HTTP_ERROR')
  expect(actual).toEqual(expected)
})

function timeless({ time: _time, durationMs: _durationMs, ...line }: Record<string, unknown>) {
  return line
}

function send(gateway: RunningGateway, { method = 'POST', path = '/graphql', headers = {}, body, raw }: Sent) {
  return new Promise<{ status: number | undefined; headers: string[]; body: string }>((resolve, reject) => {
    const bytes = Buffer.from(raw ?? (body === undefined ? '' : JSON.stringify(body)))
    const { authorization, ...others } = headers
    const sent = request(
      {
        agent,
        port: gateway.port,
        method,
        path,
        headers: {
          ...(bytes.length > 0 && { 'content-type': 'application/json' }),
          'content-length': bytes.length,
          accept: 'application/json',
          'x-request-id': 'the-same',
          ...others,
          ...(authorization && {
            authorization: authorization.replace('ADA', tokens.ada).replace('FORGED', tokens.forged),
          }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const pairs = response.rawHeaders.flatMap((name, index, all) =>
            index % 2 === 0 && name !== 'Date' ? [`${name}: ${all[index + 1]}`] : [],
          )
          resolve({ status: response.statusCode, headers: pairs, body: Buffer.concat(chunks).toString('latin1') })
        })
      },
    )
    sent.on('error', reject)
    sent.end(bytes)
  })
}
