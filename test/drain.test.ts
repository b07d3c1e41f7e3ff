import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createStopStack, type StopStack } from '@tributary/runtime'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import { bundleOf } from '@tributary/runtime/testing'
import WebSocket from 'ws'
import {
  type FixtureGraph,
  fixtureSecret,
  fixtureSupergraphSdl,
  startFixtureGraph,
} from '../gateway/src/server/webSocketDoor.fixture.ts'
import { startNginx } from './startNginx.ts'
import { type StartedProcess, startProcess } from './startProcess.ts'
import { openStreamClient, protocols } from './torture/openStreamClient.ts'

const queries = 200
const idleSockets = 50
const clientsOfProtocol = 5

/** `npm test` needs nothing but Node: a machine without nginx is told what was left out. In CI nothing is. */
const hasNginx = process.env.CI !== undefined || spawnSync('nginx', ['-v']).status === 0
if (!hasNginx)
  process.stderr.write('\nLEFT OUT: the test behind nginx. `apt-get install nginx` brings what it needs.\n\n')
const testNginx = hasNginx ? test : test.skip

let stack: StopStack
let dataDir: string
let graph: FixtureGraph
let token: string

beforeEach(async () => {
  stack = createStopStack()
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-drain-'))
  stack.add({ stop: () => rm(dataDir, { recursive: true }) })
  token = await (await openDevelopmentKeys(dataDir)).sign({ userId: 'ada' })
  await writeFile(join(dataDir, 'supergraph.graphql'), fixtureSupergraphSdl)
  graph = await startFixtureGraph(stack)
})
afterEach(() => stack.stop())

test('a gateway that is told to end sends streams away first, answers what runs, and exits with 0; clients miss nothing at the next one', async () => {
  const [gateway, next] = await Promise.all([startGateway(), startGateway()])
  // What runs, what is followed, what is only open, and a probe whose request is under way.
  const answers = Array.from({ length: queries }, () => ask(gateway.url))
  const answerSlow = await graph.feed.slowWaits(queries)
  const followers = protocols.flatMap((protocol) =>
    Array.from({ length: clientsOfProtocol }, () => follow(protocol, [gateway.url, next.url])),
  )
  const streams = await Promise.all(
    ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'].map((accept) => beginStream(gateway, accept)),
  )
  const sockets = await Promise.all(Array.from({ length: idleSockets }, () => openSocket(gateway)))
  const closes = sockets.map((socket) => once(socket, 'close'))
  const probe = await beginRequest(gateway, '/readyz')
  for (let n = 0; n < 3; n++) graph.feed.change('job')
  await Promise.all(followers.map((one) => one.told(3)))

  const ended = gateway.process.stop('SIGTERM')
  let isAnswered = false
  void Promise.race(answers).then(() => {
    isAnswered = true
  })
  for (const close of closes) expect((await close)[0]).toBe(1001)
  const [events, parts] = await Promise.all(streams.map((one) => one.rest()))
  expect(events).toMatch(/\n\nretry: \d+\n\n$/)
  expect(events).not.toContain('event: complete')
  expect(parts).toMatch(
    /{"payload":null,"errors":\[{.*"code":"SERVICE_UNAVAILABLE".*"retryAfterMs":\d+}}\]}\r\n--graphql--\r\n$/,
  )
  expect(await probe.finish()).toMatch(/^HTTP\/1.1 503 [\s\S]*"status":"draining"/)
  await expect(ask(gateway.url)).rejects.toThrow()
  expect(isAnswered).toBe(false)

  // Told while the clients are on their way.
  for (let n = 0; n < 3; n++) graph.feed.change('job')
  answerSlow()
  for (const answer of answers) expect(await answer).toEqual({ data: { slow: 'at last' } })
  expect(await ended).toBe(0)
  await Promise.all(followers.map((one) => one.told(6)))
  graph.feed.change('job')
  await Promise.all(followers.map((one) => one.told(7)))
  graph.feed.complete('job')
  for (const one of followers) expect(await one.seen).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(await next.process.stop('SIGTERM')).toBe(0)
}, 120_000)

testNginx(
  'behind nginx events pass at once by every protocol, and clients miss nothing when a gateway is told to end',
  async () => {
    const [gateway, next] = await Promise.all([startGateway(), startGateway()])
    const nginx = stack.add(await startNginx([gateway.url, next.url]))
    const followers = protocols.flatMap((protocol) =>
      Array.from({ length: 4 }, () => follow(protocol, [nginx.url, nginx.url])),
    )
    graph.feed.change('job')
    // What nginx kept to gather more would not come.
    await Promise.all(followers.map((one) => one.told(1)))
    const page = new WebSocket(`${nginx.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      origin: nginx.url,
    })
    await once(page, 'open')
    page.terminate()

    expect(await gateway.process.stop('SIGTERM')).toBe(0)
    graph.feed.change('job')
    await Promise.all(followers.map((one) => one.told(2)))
    graph.feed.complete('job')
    for (const one of followers) expect(await one.seen).toEqual([1, 2])
    expect(followers.some((one) => one.losses() > 0)).toBe(true)
  },
  120_000,
)

type Gateway = { url: string; process: StartedProcess }

async function startGateway(): Promise<Gateway> {
  const process = startProcess(bundleOf('gateway/src/main.ts'), {
    PORT: '0',
    SUPERGRAPH: join(dataDir, 'supergraph.graphql'),
    SUBGRAPH_URLS: `feed=${graph.urls.feed},items=${graph.urls.items}`,
    SUBGRAPH_SECRET: fixtureSecret,
    SUBGRAPH_DEDUPE: '0',
    SUBGRAPH_TIMEOUT_MS: '100000',
    OPERATION_TIMEOUT_MS: '100000',
    // 128 connections, so that all queries are at the subgraph at once.
    SUBGRAPH_PIPELINING: 'feed=2',
    JWKS_FILE: join(dataDir, 'jwks.json'),
  })
  stack.add({ stop: async () => void (await process.stop('SIGKILL')) })
  const [, url = ''] = await process.waitFor(/"url":"(http:\/\/127\.0\.0\.1:\d+)/)
  return { url, process }
}

async function ask(url: string): Promise<unknown> {
  return (await post(url, { query: '{ slow }' }, 'application/json')).json()
}

/** A stream of which something has come. */
async function beginStream({ url }: Gateway, accept: string): Promise<{ rest(): Promise<string> }> {
  const response = await post(url, { query: 'subscription { changes(channel: "job") { seq } }' }, accept)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw new Error('Expected a body')
  let text = ''
  while (!text.includes('"seq"')) text += (await reader.read()).value
  return {
    async rest() {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return text
        text += value
      }
    },
  }
}

function post(url: string, body: object, accept: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept, authorization: `Bearer ${token}` }
  return fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** An acknowledged socket without a subscription. */
async function openSocket({ url }: Gateway): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  return socket
}

/** A request whose last line is still to come. */
async function beginRequest({ url }: Gateway, path: string): Promise<{ finish(): Promise<string> }> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8')
  await once(socket, 'connect')
  await new Promise<void>((resolve) => socket.write(`GET ${path} HTTP/1.1\r\nhost: gateway\r\n`, () => resolve()))
  return {
    async finish() {
      socket.write('\r\n')
      let text = ''
      for await (const chunk of socket) text += chunk
      return text
    },
  }
}

/** A client that follows the changes of `job` with a cursor, and goes to the next gateway when its own is lost. */
function follow(protocol: (typeof protocols)[number], urls: string[]) {
  const [first = '', next = ''] = urls
  let url = first
  const told: number[] = []
  let losses = 0
  const waiters = new Set<() => void>()
  const client = stack.add(openStreamClient(protocol, { url: () => url, token }))
  const query = 'subscription ($after: Int) { changes(channel: "job", after: $after) { seq } }'
  const followToEnd = async (): Promise<number[]> => {
    try {
      for await (const { data } of client.subscribe({ query, variables: { after: told.at(-1) ?? 0 } })) {
        told.push(seqOf(data))
        for (const check of [...waiters]) check()
      }
      return told
    } catch {
      losses++
      url = next
      // On a busy machine the next one may need more than one try.
      await sleep(50)
      return followToEnd()
    }
  }
  return {
    seen: followToEnd(),
    losses: () => losses,
    told: (count: number) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (told.length < count) return
          waiters.delete(check)
          resolve()
        }
        waiters.add(check)
        check()
      }),
  }
}

function seqOf(data: Record<string, unknown> | null | undefined): number {
  const changes = data?.changes
  if (typeof changes === 'object' && changes !== null && 'seq' in changes) return Number(changes.seq)
  throw new Error('Expected a change')
}
