import { Writable } from 'node:stream'
import { ApolloClient, gql, HttpLink, InMemoryCache, NetworkStatus } from '@apollo/client'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { createStopStack, type StopStack } from '@tributary/runtime'
import { Client, fetchExchange } from '@urql/core'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWebSocketClient } from 'graphql-ws'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { readGatewaySettings } from '../../gateway/src/config.ts'
import { type RunningGateway, startGateway } from '../../gateway/src/startGateway.ts'
import { startTinyGraph, type TinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'
import { mergeParts, type Part } from './mergeParts.ts'

let running: StopStack
let graph: TinyGraph
let gateway: RunningGateway
let lines: Record<string, unknown>[]

beforeEach(async () => {
  running = createStopStack()
  graph = await startTinyGraph(running)
  gateway = await start({})
})
afterEach(() => running.stop())

const starsLater = 'query Later { book(isbn: "1") { isbn title ... on Book @defer(label: "stars") { stars } } }'
const book = { isbn: '1', title: 'Title 1' }
const deferSpec = 'multipart/mixed;deferSpec=20220824, application/json'

describe('clients that take an answer in parts', () => {
  test.each([
    ['the format of 2022', new Defer20220824Handler()],
    ['incremental delivery v0.2', new GraphQL17Alpha9Handler()],
  ])('Apollo Client has the first part before the slow subgraph answers: %s', async (_, incrementalHandler) => {
    const release = holdReviews()
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: gateway.graphqlUrl }),
      incrementalHandler,
    })
    const seen: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      client.watchQuery({ query: gql(starsLater) }).subscribe({
        next({ data, networkStatus }) {
          if (networkStatus === NetworkStatus.loading) return
          seen.push(JSON.parse(JSON.stringify(data)))
          if (networkStatus === NetworkStatus.streaming) release()
          if (networkStatus === NetworkStatus.ready) resolve()
        },
        error: reject,
      })
    })
    const whole = { __typename: 'Book', ...book, stars: 1 }
    expect(seen).toEqual([{ book: { __typename: 'Book', ...book } }, { book: whole }])
    client.stop()
  })

  test('urql has the first part before the slow subgraph answers', async () => {
    const release = holdReviews()
    const client = new Client({ url: gateway.graphqlUrl, exchanges: [fetchExchange], preferGetMethod: false })
    const seen: unknown[] = []
    await new Promise<void>((resolve) => {
      client.query(starsLater, {}).subscribe(({ data, error, hasNext }) => {
        seen.push({ data, error, hasNext })
        if (hasNext) release()
        else resolve()
      })
    })
    expect(seen).toEqual([
      { data: { book }, hasNext: true },
      { data: { book: { ...book, stars: 1 } }, hasNext: false },
    ])
  })
})

describe('an answer in parts, on the wire', () => {
  test('each part is followed by its boundary at once, and comes with its path, label and list indexes', async () => {
    const query = '{ books { isbn ... @defer { stars } } }'
    const response = await post({ query }, { accept: deferSpec })
    expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="-";deferSpec=20220824')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const head = '\r\ncontent-type: application/json; charset=utf-8\r\n\r\n'
    expect(await response.text()).toBe(
      `\r\n---${head}{"data":{"books":[{"isbn":"1"},{"isbn":"22"}]},"hasNext":true}\r\n---${head}` +
        '{"incremental":[{"path":["books",0],"data":{"stars":1}},{"path":["books",1],"data":{"stars":2}}],"hasNext":false}\r\n-----\r\n',
    )
    expect(await partsOf(starsLater)).toEqual([
      { data: { book }, hasNext: true },
      { incremental: [{ path: ['book'], label: 'stars', data: { stars: 1 } }], hasNext: false },
    ])
    expect(await partsOf(starsLater, { accept: 'multipart/mixed;incrementalSpec=v0.2' })).toEqual([
      { data: { book }, pending: [{ id: '0', path: ['book'], label: 'stars' }], hasNext: true },
      { incremental: [{ id: '0', data: { stars: 1 } }], completed: [{ id: '0' }], hasNext: false },
    ])
    expect(lines).toMatchObject([
      { door: 'multipart', status: 200, parts: 2 },
      { door: 'multipart', status: 200, parts: 2, operationName: 'Later' },
      { door: 'multipart', status: 200, parts: 2, operationName: 'Later' },
    ])
  })

  test('parts within parts, of the same subgraph and of another', async () => {
    const query =
      '{ book(isbn: "1") { isbn ... @defer(label: "outer") { title ...Stars @defer(label: "inner") } } } fragment Stars on Book { stars }'
    const merged = mergeParts(await partsOf(query))
    expect(merged).toMatchObject({ data: { book: { isbn: '1', title: 'Title 1', stars: 1 } }, errors: [] })
    expect(graph.library.bodies).toHaveLength(2)
    expect(graph.reviews.bodies).toHaveLength(1)
  })

  test.each([
    ['a client that takes JSON only', { accept: 'application/json' }],
    ['a protocol in parts that is not spoken here', { accept: 'multipart/mixed;deferSpec=1, application/json' }],
    ['streams of subscriptions', { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' }],
  ])('whoever does not take parts gets the answer whole, by the fast door in the end: %s', async (_, headers) => {
    for (let n = 0; n < 3; n++) {
      const response = await post({ query: starsLater }, headers)
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await response.json()).toEqual({ data: { book: { ...book, stars: 1 } } })
    }
    expect(gateway.fastDoorAnswers()).toBeGreaterThan(0)
    // Nor does that learn the way for who does.
    expect(await partsOf(starsLater)).toHaveLength(2)
  })

  test('whole by WebSocket and by server-sent events: neither protocol has parts', async () => {
    const webSockets = createWebSocketClient({ url: gateway.webSocketUrl, webSocketImpl: WebSocket })
    running.add({ stop: async () => webSockets.dispose() })
    const events = createSseClient({ url: gateway.graphqlUrl })
    running.add({ stop: async () => events.dispose() })
    for (const client of [webSockets, events]) {
      const seen: unknown[] = []
      for await (const result of client.iterate({ query: starsLater })) seen.push(result)
      expect(seen).toEqual([{ data: { book: { ...book, stars: 1 } } }])
    }
  })

  test('`if` decides, by a literal or a variable, for each request', async () => {
    const query =
      'query ($later: Boolean = true) { book(isbn: "1") { isbn ... @defer(if: $later) { stars } ... @defer(if: false) { title } } }'
    const whole = { data: { book: { ...book, stars: 1 } } }
    const { stars: _, ...first } = whole.data.book
    for (const [variables, expected] of [
      [{}, [{ data: { book: first }, hasNext: true }, expect.anything()]],
      [{ later: false }, whole],
      [{ later: true }, [{ data: { book: first }, hasNext: true }, expect.anything()]],
    ] as const) {
      const response = await post({ query, variables }, { accept: deferSpec })
      const isWhole = response.headers.get('content-type')?.startsWith('application/json')
      const text = await response.text()
      expect(isWhole ? JSON.parse(text) : splitParts(text)).toEqual(expected)
    }
    const invalid = await post({ query, variables: { later: 1 } }, { accept: deferSpec })
    expect(await invalid.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  test('what needs no more fetches comes with the first part, which is the only one', async () => {
    expect(await partsOf('{ book(isbn: "1") { title ... @defer { isbn } } }', { accept: 'multipart/mixed' })).toEqual([
      { data: { book: { title: 'Title 1', isbn: '1' } }, hasNext: false },
    ])
  })
})

describe('errors in parts', () => {
  test('an error goes with its part, and a null stops there', async () => {
    const query =
      '{ reviewCount ... @defer(label: "a") { broken echo(text: "a") } ... @defer(label: "b") { book(isbn: "1") { title } } }'
    const parts = await partsOf(query)
    expect(parts[0]).toEqual({ data: { reviewCount: 3 }, hasNext: true })
    const deferred = parts.flatMap(({ incremental = [] }) => incremental)
    expect(deferred).toHaveLength(2)
    expect(deferred).toContainEqual({
      path: [],
      label: 'a',
      data: null,
      errors: [
        expect.objectContaining({ path: ['broken'], extensions: expect.objectContaining({ service: 'library' }) }),
      ],
    })
    expect(deferred).toContainEqual({ path: [], label: 'b', data: { book: { title: 'Title 1' } } })
    expect(lines).toMatchObject([{ status: 200, parts: parts.length, errorCodes: ['DOWNSTREAM_SERVICE_ERROR'] }])
  })

  test('a subgraph that is down costs its part, at each of its places', async () => {
    await graph.reviews.stop()
    const [first, ...others] = await partsOf('{ books { isbn ... @defer { stars } } }')
    expect(first).toEqual({ data: { books: [{ isbn: '1' }, { isbn: '22' }] }, hasNext: true })
    const error = { path: ['books', 0, 'stars'], extensions: { code: 'SUBREQUEST_HTTP_ERROR', service: 'reviews' } }
    expect(others).toMatchObject([
      {
        incremental: [
          { path: ['books', 0], data: { stars: null }, errors: [error] },
          { path: ['books', 1], data: { stars: null } },
        ],
        hasNext: false,
      },
    ])
  })

  test('where the first part has null there is nothing to add, and nothing is waited for', async () => {
    await graph.library.stop()
    expect(await partsOf('{ reviewCount book(isbn: "1") { title ... @defer { stars } } }')).toEqual([
      {
        data: { reviewCount: 3, book: null },
        errors: [expect.objectContaining({ path: ['book'] })],
        hasNext: false,
      },
    ])
  })

  test('the deadline is that of the whole', async () => {
    const release = holdReviews()
    const hasty = await start({ OPERATION_TIMEOUT_MS: '300' })
    const parts = await partsOf(starsLater, {}, hasty)
    release()
    expect(parts).toMatchObject([
      { data: { book }, hasNext: true },
      {
        incremental: [
          { data: { stars: null }, errors: [{ path: ['book', 'stars'], extensions: { code: 'GATEWAY_TIMEOUT' } }] },
        ],
        hasNext: false,
      },
    ])
  })

  test.each([
    ['too many', `{ book(isbn: "1") { ${'... @defer { title } '.repeat(100)} } }`, 'MAX_DEFERS_LIMIT'],
    [
      'a label twice',
      '{ book(isbn: "1") { ... @defer(label: "a") { title } ... @defer(label: "a") { isbn } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a label from a variable',
      'query ($l: String) { ... @defer(label: $l) { reviewCount } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['the root of a mutation', 'mutation { ... @defer { shelve(isbn: "1") { title } } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a field', '{ reviewCount @defer }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('what cannot be deferred is refused: %s', async (_, query, code) => {
    for (const accept of [deferSpec, 'application/json']) {
      const response = await post(
        { query },
        { accept: accept.replace('application/json', 'application/graphql-response+json') },
      )
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] })
    }
  })

  test('not in a subscription', async () => {
    const query = 'subscription { ... @defer { nothing } }'
    const response = await post({ query }, { accept: 'multipart/mixed;subscriptionSpec=1.0' })
    expect(await response.text()).toContain('GRAPHQL_VALIDATION_FAILED')
  })
})

describe('who leaves, and who stops', () => {
  test('a client that leaves after the first part frees all', async () => {
    const release = holdReviews()
    const abort = new AbortController()
    const response = await post({ query: starsLater }, { accept: deferSpec }, gateway, abort.signal)
    const reader = response.body?.getReader()
    let text = ''
    while (!text.includes('Title 1')) text += new TextDecoder().decode((await reader?.read())?.value)
    expect(gateway.streamCounts().responses).toBe(1)
    abort.abort()
    await graph.reviews.left()
    release()
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(lines).toMatchObject([{ door: 'multipart', status: 200, parts: 1 }])
    expect(gateway.streamCounts().responses).toBe(0)
  })

  test('a gateway that stops lets the parts come', async () => {
    const release = holdReviews()
    const response = await post({ query: starsLater }, { accept: deferSpec })
    const stopped = gateway.stop()
    release()
    expect(mergeParts(splitParts(await response.text())).data).toEqual({ book: { ...book, stars: 1 } })
    await stopped
  })

  test('it counts among the operations that run until its last part', async () => {
    const release = holdReviews()
    const small = await start({ MAX_CONCURRENT_OPERATIONS: '1' })
    const first = await post({ query: starsLater }, { accept: deferSpec }, small)
    expect((await post({ query: '{ reviewCount }' }, {}, small)).status).toBe(503)
    release()
    await first.text()
    expect((await post({ query: '{ __typename }' }, {}, small)).status).toBe(200)
  })
})

test('introspection shows @defer', async () => {
  const query = '{ __schema { directives { name locations args { name } } } }'
  const { data } = JSON.parse(await (await post({ query }, {})).text())
  expect(data.__schema.directives).toContainEqual({
    name: 'defer',
    locations: ['FRAGMENT_SPREAD', 'INLINE_FRAGMENT'],
    args: [{ name: 'label' }, { name: 'if' }],
  })
})

/** Holds the subgraph's answers back until what this gives is called. */
function holdReviews(): () => void {
  let release = () => {}
  graph.reviews.hold(
    new Promise<void>((resolve) => {
      release = resolve
    }),
  )
  return () => release()
}

async function partsOf(query: string, headers: Record<string, string> = {}, to = gateway): Promise<Part[]> {
  const response = await post({ query }, { accept: deferSpec, ...headers }, to)
  expect(response.headers.get('content-type')).toContain('multipart/mixed')
  return splitParts(await response.text())
}

function splitParts(text: string): Part[] {
  expect(text.endsWith('\r\n-----\r\n')).toBe(true)
  // Each body is a JSON text between boundaries; what the tests make of it they check.
  return text
    .split('\r\n---')
    .slice(1, -1)
    .map((part) => JSON.parse(part.slice(part.indexOf('\r\n\r\n'))) as Part)
}

function post(
  body: object,
  headers: Record<string, string>,
  to = gateway,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(to.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  })
}

async function start(env: Record<string, string>): Promise<RunningGateway> {
  lines = []
  const log = pino(
    { base: null },
    new Writable({
      write(line, _encoding, done) {
        const entry = JSON.parse(String(line))
        if (entry.msg === 'operation') lines.push(entry)
        done()
      },
    }),
  )
  const subgraphs = new Map([
    ['library', graph.library.url],
    ['reviews', graph.reviews.url],
  ])
  const settings = readGatewaySettings({ PORT: '0', SUPERGRAPH_POLL_MS: '0', ...env })
  return running.add(await startGateway({ settings, subgraphs, log }))
}
