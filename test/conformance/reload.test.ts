import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { composeServices } from '@apollo/composition'
import { type RunningGateway, readGatewaySettings, startGateway } from '@tributary/gateway'
import { createStopStack, type Log, type StopStack } from '@tributary/runtime'
import { parse } from 'graphql'
import { pino } from 'pino'
import { openTransports } from '../../gateway/src/server/openTransports.ts'
import {
  fixtureSecret,
  fixtureSupergraphSdl,
  startFixtureGraph,
} from '../../gateway/src/server/webSocketDoor.fixture.ts'
import { fileSource } from '../../gateway/src/supergraph/fileSource.ts'
import { openGenerations } from '../../gateway/src/supergraph/openGenerations.ts'
import { silentLog, startTinyGraph, type TinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'
import { openStreamClient, protocols } from '../torture/openStreamClient.ts'

let stack: StopStack
let graph: TinyGraph
let folder: string
let path: string
let lines: Record<string, unknown>[]

beforeEach(async () => {
  stack = createStopStack()
  folder = await mkdtemp(join(tmpdir(), 'tributary-reload-'))
  path = join(folder, 'supergraph.graphql')
  graph = await startTinyGraph(stack)
  lines = []
  await write(supergraphOf(graph))
})
afterEach(async () => {
  await stack.stop()
  await rm(folder, { recursive: true })
})

const query = '{ book(isbn: "123") { title stars } }'
const answer = '{"data":{"book":{"title":"Title 123","stars":3}}}\n'

describe('a graph that changes while it is served', () => {
  test('a changed file is served', async () => {
    const gateway = await start({ SUPERGRAPH: path })
    expect(await knows(gateway, 'fresh')).toBe(false)
    await write(withField(supergraphOf(graph), 'fresh'))
    await until(() => knows(gateway, 'fresh'))
  })

  test('a changed live subgraph is served', async () => {
    const { library, reviews } = graph
    const gateway = await start({ SUBGRAPHS: `library=${library.url},reviews=${reviews.url}` })
    expect(await knows(gateway, 'fresh')).toBe(false)
    reviews.sdl = reviews.sdl.replace('reviewCount: Int', 'reviewCount: Int fresh: Int')
    await until(() => knows(gateway, 'fresh'))
  })

  test('what runs ends on the graph that it began on, also where its subgraph has moved away', async () => {
    const gateway = await start({ SUPERGRAPH: path, SUPERGRAPH_POLL_MS: '20' })
    let letGo = () => {}
    graph.library.hold(new Promise<void>((resolve) => (letGo = resolve)))
    const running = ask(gateway, query)
    await until(async () => graph.library.requests.length === 1)

    const moved = await startTinyGraph(stack)
    await write(withField(supergraphOf(moved), 'fresh').replaceAll('stars: Int', 'points: Int'))
    await until(() => knows(gateway, 'fresh'))
    expect(await codesOf(await ask(gateway, query))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
    letGo()
    expect(await (await running).text()).toBe(answer)
    expect(graph.reviews.requests).toHaveLength(1)
    expect(moved.reviews.requests).toHaveLength(0)
  })

  test.each([
    ['no SDL', 'type Query {', /Syntax Error/],
    ['no supergraph', 'type Query { a: Int }', /supergraph/],
    ['nothing', '', /./],
  ])(
    '%s is refused, once, with its reasons; the old graph is served on, and the next good one',
    async (_what, sdl, reason) => {
      const gateway = await start({ SUPERGRAPH: path, SUPERGRAPH_POLL_MS: '20' })
      await write(sdl)
      await until(async () => refusals().length > 0)
      expect(await (await ask(gateway, query)).text()).toBe(answer)
      await write(withField(supergraphOf(graph), 'fresh'))
      await until(() => knows(gateway, 'fresh'))
      expect(refusals()).toEqual([{ reasons: expect.arrayContaining([expect.stringMatching(reason)]) }])
      expect(await (await ask(gateway, query)).text()).toBe(answer)
    },
  )

  test('20 swaps between two places under constant load cost no request anything', async () => {
    const other = await startTinyGraph(stack)
    const [own, others] = [supergraphOf(graph), supergraphOf(other)]
    const gateway = await start({ SUPERGRAPH: path, SUPERGRAPH_POLL_MS: '10' })
    let isLoaded = true
    const wrong: string[] = []
    let answered = 0
    const load = Array.from({ length: 8 }, async (_, client) => {
      while (isLoaded) {
        // One client always asks what was never asked before.
        const text = await (await ask(gateway, client === 0 ? `query Q${answered} ${query}` : query)).text()
        answered++
        if (text !== answer) wrong.push(text)
      }
    })
    for (let swap = 1; swap <= 20; swap++) {
      await write(withField(swap % 2 === 0 ? own : others, `swap${swap}`))
      await until(() => knows(gateway, `swap${swap}`))
      const before = answered
      await until(async () => answered > before + 10)
    }
    isLoaded = false
    await Promise.all(load)
    expect(wrong).toEqual([])
    expect(graph.reviews.requests.length).toBeGreaterThan(10)
    expect(other.reviews.requests.length).toBeGreaterThan(10)
  })

  test('what was asked for most is planned before the new graph is served', async () => {
    const generations = stack.add(await openGenerations({ source: fileSource(path), pollMs: 10, log: silentLog }))
    const old = generations.current()
    const named = 'query A { __typename } query B { reviewCount }'
    for (let times = 0; times < 3; times++) old.getOperation(query)
    for (let times = 0; times < 2; times++) old.getOperation(named, 'B')
    old.getOperation('{ book(isbn: "1") { stars } }')
    expect(old.mostUsed(2)).toEqual([
      { text: query, operationName: undefined },
      { text: named, operationName: 'B' },
    ])
    const changed = new Promise<void>((resolve) => generations.onChange(() => resolve()))
    await write(supergraphOf(graph).replaceAll('stars: Int', 'stars: Int fresh: Int'))
    await changed
    const current = generations.current()
    expect(current.id).not.toBe(old.id)
    expect(current.findCompiled(query)).toBeDefined()
    expect(current.findCompiled(named, 'B')).toBeDefined()
    expect(current.findCompiled(named, 'A')).toBeUndefined()
  })
})

describe('streams while the graph changes', () => {
  test('trap 8: go on, by every protocol, as the graph had it that they began on, of which they keep no more than that', async () => {
    const fixture = await startFixtureGraph(stack)
    await write(fixtureSupergraphSdl)
    const gateway = await start({
      SUPERGRAPH: path,
      SUPERGRAPH_POLL_MS: '20',
      SUBGRAPH_SECRET: fixtureSecret,
      SUBGRAPH_URLS: `feed=${fixture.urls.feed},items=${fixture.urls.items}`,
    })
    const query = 'subscription { ticks(channel: "one") { n item { name } } }'
    const streams = protocols.map((protocol) => {
      const client = stack.add(openStreamClient(protocol, { url: () => new URL(gateway.url).origin, token: '' }))
      return client.subscribe({ query, variables: {} })
    })
    const first = streams.map((stream) => stream.next())
    await fixture.feed.opened('one', protocols.length)
    for (let version = 1; version <= 3; version++) {
      // What the streams ask for is not in the new graphs.
      await write(fixtureSupergraphSdl.replace('name: String @', `name${version}: String @`))
      await until(async () =>
        (await ask(gateway, `{ __type(name: "Item") { fields { name } } }`))
          .text()
          .then((text) => text.includes(`"name${version}"`)),
      )
    }
    // What streams keep is their operation: planners, schemas and all other operations go.
    await collected(gateway, 1)
    fixture.feed.send('one', { n: 1, item: { id: 'a' } })
    for (const one of first) {
      expect(await one).toMatchObject({ value: { data: { ticks: { n: 1, item: { name: 'item a' } } } } })
    }
    fixture.feed.complete('one')
    for (const stream of streams) expect(await stream.next()).toMatchObject({ done: true })
  })

  test('trap 8: reach the fields of other subgraphs where those were, however long ago they moved, until the last of them ends', async () => {
    const generations = stack.add(await openGenerations({ source: fileSource(path), pollMs: 10, log: silentLog }))
    const transports = stack.add(openTransports(generations, { timeoutMs: () => 10_000, retireAfterMs: 0 }))
    const old = generations.current()
    const letGo = transports.hold(old)
    const moved = await startTinyGraph(stack)
    const changed = new Promise<void>((resolve) => generations.onChange(() => resolve()))
    await write(supergraphOf(moved))
    await changed
    // It would have been closed by now.
    await new Promise((resolve) => setTimeout(resolve, 5))
    const count = async () => {
      const context = { requestId: '1', identity: undefined, headers: {}, signal: new AbortController().signal }
      const request = { subgraph: 'reviews', operation: 'query', body: '{"query":"{ reviewCount }"}' } as const
      expect(await transports.of(old).execute(request, context)).toMatchObject({ kind: 'answer' })
      return [graph, moved].map(({ reviews }) => reviews.requests.length)
    }
    expect(await count()).toEqual([1, 0])
    letGo()
    letGo()
    expect(await count()).toEqual([1, 1])
  })
})

/** Resolves when so many versions of the graph are left in memory. */
async function collected(gateway: RunningGateway, count: number): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  await until(async () => {
    collect()
    return gateway.generationCount() === count
  })
}

async function start(env: Record<string, string>): Promise<RunningGateway> {
  const settings = readGatewaySettings({ PORT: '0', ...env })
  const log: Log = pino(
    new Writable({
      write(line, _encoding, done) {
        lines.push(JSON.parse(String(line)))
        done()
      },
    }),
  )
  return stack.add(await startGateway({ settings, log }))
}

function refusals(): object[] {
  return lines.filter(({ msg }) => msg === 'the supergraph is not updated').map(({ reasons }) => ({ reasons }))
}

function ask(gateway: RunningGateway, text: string): Promise<Response> {
  return fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: text }),
  })
}

/** Whether the graph that is served now has this field of `Query`. */
async function knows(gateway: RunningGateway, field: string): Promise<boolean> {
  return (await (await ask(gateway, '{ __type(name: "Query") { fields { name } } }')).text()).includes(`"${field}"`)
}

async function codesOf(response: Response): Promise<unknown[]> {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
  return errors.map(({ extensions }) => extensions.code)
}

/** As deployments do it: a reader never sees half a file. */
async function write(sdl: string): Promise<void> {
  await writeFile(`${path}.new`, sdl)
  await rename(`${path}.new`, path)
}

function withField(supergraphSdl: string, field: string): string {
  return supergraphSdl.replace(/reviewCount: Int.*/, (line) => `${line}\n  ${line.replace('reviewCount', field)}`)
}

function supergraphOf({ library, reviews }: TinyGraph): string {
  const composed = composeServices([
    { name: 'library', url: library.url, typeDefs: parse(library.sdl) },
    { name: 'reviews', url: reviews.url, typeDefs: parse(reviews.sdl) },
  ])
  if (!composed.supergraphSdl) throw new AggregateError(composed.errors ?? [])
  return composed.supergraphSdl
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5))
}
