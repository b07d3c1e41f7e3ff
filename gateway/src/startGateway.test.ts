import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { createStopStack, listen, type StopStack } from '@tributary/runtime'
import { parse } from 'graphql'
import { readGatewaySettings } from './config.ts'
import { type GatewayOptions, type RunningGateway, startGateway } from './startGateway.ts'
import { silentLog, startTinyGraph, type TinyGraph } from './tinyGraph.fixture.ts'

let stack: StopStack
let graph: TinyGraph
let folder: string
beforeEach(async () => {
  stack = createStopStack()
  folder = await mkdtemp(join(tmpdir(), 'tributary-gateway-'))
  graph = await startTinyGraph(stack)
})
afterEach(async () => {
  await stack.stop()
  await rm(folder, { recursive: true })
})

const bookQuery = '{ book(isbn: "123") { title stars } reviewCount }'
const book = { data: { book: { title: 'Title 123', stars: 3 }, reviewCount: 3 } }

describe("anyone's graph", () => {
  test('a supergraph file, its subgraphs moved by SUBGRAPH_URLS, serves anonymous clients', async () => {
    const { library, reviews } = graph
    const gateway = await start({
      SUPERGRAPH: await writeSupergraph(),
      SUBGRAPH_URLS: `library=${library.url}, reviews=${reviews.url}`,
    })
    expect(await ask(gateway, bookQuery)).toEqual(book)
    expect(await ask(gateway, 'mutation { shelve(isbn: "1") { title stars } }')).toEqual({
      data: { shelve: { title: 'Title 1', stars: 1 } },
    })
    expect(await ask(gateway, '{ __type(name: "Book") { name } }')).toEqual({ data: { __type: { name: 'Book' } } })
  })

  test('a supergraph at a URL', async () => {
    const sdl = supergraphOf(graph)
    const server = createServer((_request, response) => response.end(sdl))
    const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
    const gateway = await start({ SUPERGRAPH: `http://127.0.0.1:${port}/supergraph.graphql` })
    await new Promise((resolve) => server.close(resolve))
    expect(await ask(gateway, bookQuery)).toEqual(book)
  })

  test('live subgraphs, Federation 1 and 2, are composed', async () => {
    const gateway = await start({ SUBGRAPHS: subgraphsSetting() })
    expect(await ask(gateway, bookQuery)).toEqual(book)
  })

  test('subgraphs get the headers that are forwarded and the trace, and no other header of the client', async () => {
    const gateway = await start({ SUBGRAPHS: subgraphsSetting(), FORWARD_HEADERS: 'Authorization, x-tenant' })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = {
      authorization: 'Bearer whatever',
      'x-tenant': 'acme',
      cookie: 'secret=1',
      'x-tributary-identity': 'forged',
      traceparent,
      tracestate: 'vendor=1',
    }
    await ask(gateway, bookQuery, { headers })
    for (const { requests } of [graph.library, graph.reviews]) {
      expect(requests.length).toBeGreaterThan(0)
      for (const request of requests) {
        expect(request).toMatchObject({
          authorization: 'Bearer whatever',
          'x-tenant': 'acme',
          traceparent,
          tracestate: 'vendor=1',
        })
        expect(request).not.toHaveProperty('cookie')
        expect(request).not.toHaveProperty('x-tributary-identity')
      }
    }
  })

  test.each([
    'nonsense',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    undefined,
  ])('a traceparent that is not valid (%s) is replaced by one that is, the same for all subgraphs', async (given) => {
    const gateway = await start({ SUBGRAPHS: subgraphsSetting() })
    await ask(gateway, bookQuery, {
      headers: { tracestate: 'x=1', ...(given !== undefined && { traceparent: given }) },
    })
    const traces = [graph.library, graph.reviews].flatMap(({ requests }) => requests.map((one) => one.traceparent))
    expect(traces[0]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(traces[0]).not.toBe(given)
    expect(new Set(traces).size).toBe(1)
    expect(graph.library.requests[0]).not.toHaveProperty('tracestate')
  })
})

describe('a graph that changes', () => {
  let refusals: unknown[]
  const log = silentLog.child({})
  beforeEach(() => {
    refusals = []
    log.error = (told: unknown) => void refusals.push(told)
  })

  test('a changed file is served at once, a broken one never', async () => {
    const path = await writeSupergraph()
    const gateway = await start({ SUPERGRAPH: path, SUPERGRAPH_POLL_MS: '20' }, { log })
    expect(await knows(gateway, '{ book(isbn: "1") { pages } }')).toBe(false)

    await replace(path, 'type Query { nothing: Int }')
    await until(async () => refusals.length === 1)
    expect(await ask(gateway, bookQuery)).toEqual(book)

    await replace(path, supergraphOf(graph).replaceAll('title: String', 'pages: Int title: String'))
    await until(() => knows(gateway, '{ book(isbn: "1") { pages } }'))
    expect(refusals).toHaveLength(1)
  })

  test('changed live subgraphs are composed anew; when one is away, or does not compose, nothing changes', async () => {
    const gateway = await start({ SUBGRAPHS: subgraphsSetting(), SUPERGRAPH_POLL_MS: '20' }, { log })
    const { reviews } = graph
    const good = reviews.sdl
    reviews.sdl = good.replace('stars: Int', 'stars: Int title: Int')
    await until(async () => refusals.length === 1)
    expect(refusals).toEqual([{ reasons: expect.arrayContaining([expect.stringContaining('Book.title')]) }])
    expect(await ask(gateway, bookQuery)).toEqual(book)

    reviews.sdl = good.replace('reviewCount: Int', 'reviewCount: Int another: Int')
    await until(() => knows(gateway, '{ another }'))

    await reviews.stop()
    await until(async () => refusals.length === 2)
    expect(await ask(gateway, '{ book(isbn: "123") { title stars } }')).toEqual({
      data: { book: { title: 'Title 123', stars: null } },
      errors: [expect.objectContaining({ path: ['book', 'stars'] })],
    })
  })
})

describe('what a person can put right is said in a sentence', () => {
  test.each([
    [
      'no such file',
      { SUPERGRAPH: '/no/such/file' },
      /^The supergraph file \/no\/such\/file cannot be read: set SUPERGRAPH/,
    ],
    ['a folder', { SUPERGRAPH: tmpdir() }, /cannot be read/],
    [
      'a URL that does not answer',
      { SUPERGRAPH: 'http://127.0.0.1:1/' },
      /^SUPERGRAPH http:\/\/127.0.0.1:1\/ does not answer/,
    ],
    [
      'a subgraph that does not answer',
      { SUBGRAPHS: 'library=http://127.0.0.1:1/graphql' },
      /^Subgraph "library" does not answer at/,
    ],
    [
      'a JWKS file that is not there',
      { JWKS_FILE: '/no/such/file', SUPERGRAPH: '/' },
      /^The file \/no\/such\/file cannot be read: set JWKS_FILE/,
    ],
    [
      'settings that do not parse',
      { PORT: '70000', SUBGRAPHS: 'library', FORWARD_HEADERS: 'host' },
      /PORT: Expected a port.*SUBGRAPHS: Expected name=url.*FORWARD_HEADERS/,
    ],
    ['two sources', { SUPERGRAPH: 'a', SUBGRAPHS: 'b=http://b/' }, /^Set SUPERGRAPH or SUBGRAPHS, not both/],
    ['origins with a path', { CORS_ORIGINS: 'https://app.example.com/' }, /CORS_ORIGINS: Expected origins/],
  ])('%s', async (_what, env, message) => {
    await expect(start(env)).rejects.toMatchObject({ name: 'StartupError', message: expect.stringMatching(message) })
  })

  test('a file that is no supergraph', async () => {
    const path = join(folder, 'bad.graphql')
    await writeFile(path, 'type Query { a: Int }')
    await expect(start({ SUPERGRAPH: path })).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/^What the file .*bad.graphql gives is no valid supergraph: /),
    })
  })

  test('subgraphs that do not compose, with each reason', async () => {
    graph.reviews.sdl = graph.reviews.sdl.replace('stars: Int', 'stars: Int title: Int')
    await expect(start({ SUBGRAPHS: subgraphsSetting() })).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/^The subgraphs do not compose:\n- .*Book\.title/s),
    })
  })

  test('a port in use', async () => {
    const server = createServer()
    const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
    const env = { SUPERGRAPH: await writeSupergraph(), PORT: String(port) }
    await expect(start(env)).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/in use.*PORT/),
    })
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('stopping', () => {
  test('lets what runs end, and takes nothing new', async () => {
    const gateway = await start({ SUPERGRAPH: await writeSupergraph() })
    let letGo = () => {}
    graph.library.hold(new Promise<void>((resolve) => (letGo = resolve)))
    const running = ask(gateway, '{ echo(text: "late") }')
    await until(async () => graph.library.requests.length === 1)
    const stopped = gateway.stop()
    await expect(ask(gateway, '{ __typename }')).rejects.toThrow()
    letGo()
    expect(await running).toEqual({ data: { echo: 'late' } })
    await stopped
    await gateway.stop()
  })

  test('closes sockets with 1001', async () => {
    const { WebSocket } = await import('ws')
    const gateway = await start({ SUPERGRAPH: await writeSupergraph() })
    const socket = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws')
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await gateway.stop()
    expect((await closed)[0]).toBe(1001)
  })
})

type Answer = { data?: unknown; errors?: { extensions: { code: string } }[] }

async function start(env: Record<string, string>, options: Partial<GatewayOptions> = {}): Promise<RunningGateway> {
  const settings = readGatewaySettings({ PORT: '0', ...env })
  return stack.add(await startGateway({ settings, log: silentLog, ...options }))
}

async function ask(
  gateway: RunningGateway,
  query: string,
  init: { headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...init.headers },
    body: JSON.stringify({ query }),
  })
  return response.json()
}

/** Whether the query is valid by the graph that is served now. */
async function knows(gateway: RunningGateway, query: string): Promise<boolean> {
  const { errors } = await ask(gateway, query)
  return errors?.[0]?.extensions.code !== 'GRAPHQL_VALIDATION_FAILED'
}

function subgraphsSetting(): string {
  return `library=${graph.library.url},reviews=${graph.reviews.url}`
}

async function writeSupergraph(): Promise<string> {
  const path = join(folder, 'supergraph.graphql')
  await writeFile(path, supergraphOf(graph))
  return path
}

/** As deployments do it: a reader never sees half a file. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

function supergraphOf({ library, reviews }: TinyGraph): string {
  const composed = composeServices([
    { name: 'library', url: library.url, typeDefs: parse(library.sdl) },
    { name: 'reviews', url: reviews.url, typeDefs: parse(reviews.sdl) },
  ])
  if (composed.errors) throw new AggregateError(composed.errors)
  return composed.supergraphSdl
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10))
}
