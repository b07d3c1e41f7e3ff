import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { createStopStack, listen } from '@tributary/runtime'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { readGatewaySettings } from '../../config.ts'
import { type RunningGateway, startGateway } from '../../startGateway.ts'
import { startTinyGraph, type TinyGraph } from '../../tinyGraph.fixture.ts'
import { createPlainDoor } from './createPlainDoor.ts'

const stack = createStopStack()
let graph: TinyGraph
let gateway: RunningGateway
const lines: Record<string, unknown>[] = []

beforeAll(async () => {
  graph = await startTinyGraph(stack)
  gateway = stack.add(await start())
})
afterAll(() => stack.stop())
beforeEach(() => {
  lines.length = 0
})

function start(): Promise<RunningGateway> {
  const log = pino(
    { base: null },
    new Writable({ write: (chunk, _, done) => done(void lines.push(JSON.parse(String(chunk)))) }),
  )
  const settings = readGatewaySettings({ PORT: '0', SUPERGRAPH_POLL_MS: '0' })
  const subgraphs = new Map([
    ['library', graph.library.url],
    ['reviews', graph.reviews.url],
  ])
  return startGateway({ settings, subgraphs, log })
}

/** A client that writes bytes and reads answers. */
function open(port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let changed = () => {}
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    changed()
  })
  socket.on('close', () => changed())
  socket.on('error', () => undefined)
  stack.add({ stop: async () => void socket.destroy() })
  return {
    socket,
    send: (bytes: string) => void socket.write(bytes, 'latin1'),
    /** All that came and was not taken as an answer. */
    received: () => text,
    /** The next answer: its head and its body. */
    async answer(): Promise<{ head: string; body: string }> {
      for (;;) {
        const end = text.indexOf('\r\n\r\n') + 4
        const length = Number(/content-length: (\d+)/i.exec(text.slice(0, Math.max(end, 0)))?.[1] ?? 0)
        if (end > 3 && text.length >= end + length) {
          const answer = { head: text.slice(0, end), body: text.slice(end, end + length) }
          text = text.slice(end + length)
          return answer
        }
        if (socket.closed) throw new Error(`The connection was closed after ${JSON.stringify(text)}`)
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
    },
  }
}

function post(query: string, headers = ''): string {
  const body = JSON.stringify({ query })
  return `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
}

const echo = (text: string) => `{ echo(text: "${text}") }`
const echoed = (text: string) => `{"data":{"echo":"${text}"}}\n`

/** Sends what opens the fast door to it. */
async function warmUp(client: ReturnType<typeof open>, query: string): Promise<void> {
  for (let time = 0; time < 2; time++) {
    client.send(post(query))
    await client.answer()
  }
}

test('requests that come at once are answered one after the other, in their order, known operations and new ones', async () => {
  const before = gateway.plainRequests()
  const client = open(gateway.port)
  await warmUp(client, echo('a'))
  client.send(post(echo('a')) + post(echo('new')) + post('{') + post(echo('a')))
  expect((await client.answer()).body).toBe(echoed('a'))
  expect((await client.answer()).body).toBe(echoed('new'))
  expect((await client.answer()).body).toContain('GRAPHQL_PARSE_FAILED')
  expect((await client.answer()).body).toBe(echoed('a'))
  expect(gateway.plainRequests() - before).toBe(6)
})

test('a request is the same wherever it is cut', async () => {
  const client = open(gateway.port)
  client.socket.setNoDelay(true)
  await warmUp(client, echo('a'))
  const bytes = post(echo('a'))
  for (let at = 1; at < bytes.length; at += 7) {
    client.send(bytes.slice(0, at))
    await new Promise((resolve) => setImmediate(resolve))
    client.send(bytes.slice(at))
    expect((await client.answer()).body).toBe(echoed('a'))
  }
})

test('who asks on and on without reading is not answered any more until it reads: then all is', async () => {
  const long = echo('x'.repeat(40_000))
  const [client, other] = [open(gateway.port), open(gateway.port)]
  await warmUp(client, long)
  await warmUp(other, echo('a'))
  const count = 600
  const before = gateway.plainRequests()
  client.socket.pause()
  client.send(post(long).repeat(count - 1) + post(long, 'Connection: close\r\n'))
  // As long as it is still answered, it is so between a hundred answers to another one.
  let answered = 0
  for (let last = -1, others = 0; answered !== last; ) {
    last = answered
    for (let at = 0; at < 100; at++, others++) {
      other.send(post(echo('a')))
      await other.answer()
    }
    answered = gateway.plainRequests() - before - others
  }
  expect(answered).toBeLessThan(count / 2)
  client.socket.resume()
  await closed(client.socket)
  expect(client.received().split('HTTP/1.1 200 OK')).toHaveLength(count + 1)
})

test('what is not plain is answered by node:http on the same connection, and what comes after it', async () => {
  const client = open(gateway.port)
  await warmUp(client, echo('a'))
  client.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  expect((await client.answer()).body).toBe('{"status":"healthy"}')
  const before = gateway.plainRequests()
  client.send(post(echo('a')))
  expect((await client.answer()).body).toBe(echoed('a'))
  expect(gateway.plainRequests()).toBe(before)
  const chunked =
    'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  const body = JSON.stringify({ query: echo('a') })
  client.send(`${chunked}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  expect((await client.answer()).body).toBe(echoed('a'))
})

test('a request that is not plain may come together with one that is', async () => {
  const client = open(gateway.port)
  await warmUp(client, echo('a'))
  client.send(`${post(echo('a'))}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n${post(echo('b'))}`)
  expect((await client.answer()).body).toBe(echoed('a'))
  expect((await client.answer()).body).toBe('{"status":"healthy"}')
  expect((await client.answer()).body).toBe(echoed('b'))
})

test.each([
  ['two lengths', post(echo('a'), 'Content-Length: 5\r\n')],
  ['a length and a coding', post(echo('a'), 'Transfer-Encoding: chunked\r\n')],
  ['a line feed alone', post(echo('a'), 'x: 1\ny: 2\r\n')],
])('%s: 400, and the connection ends, so that nothing is taken for a request that is none', async (_what, bytes) => {
  const client = open(gateway.port)
  await warmUp(client, echo('a'))
  client.send(bytes + post(echo('smuggled')))
  expect((await client.answer()).head).toMatch(/^HTTP\/1\.1 400 /)
  if (!client.socket.closed) await once(client.socket, 'close')
  expect(lines.filter(({ status }) => status === 200)).toHaveLength(2)
})

test('connection: close is heard', async () => {
  const client = open(gateway.port)
  await warmUp(client, echo('a'))
  client.send(post(echo('a'), 'Connection: close\r\n'))
  const answer = await client.answer()
  expect(answer.head).toContain('Connection: close')
  if (!client.socket.closed) await once(client.socket, 'close')
})

test('who comes too slowly is node:http’s, with what has come', async () => {
  const server: Server = createServer()
  const begun = post(echo('a')).slice(0, 40)
  let handed = 0
  const text = new Promise<string>((resolve) => {
    const door = stack.add(
      createPlainDoor({
        ...{ maxBodyBytes: 1_000, keepAliveMs: 60_000 },
        answer: () => Promise.reject(new Error('Expected no request')),
        handOver(socket) {
          handed++
          socket.on('data', (chunk) => resolve(String(chunk)))
        },
      }),
    )
    server.on('connection', (socket) => door.accept(socket))
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  const silent = open(port)
  await once(silent.socket, 'connect')
  open(port).send(begun)
  expect(await text).toBe(begun)
  // The one that has said nothing, since before the other one spoke.
  expect(handed).toBe(2)
  server.close()
})

test('a client that leaves ends what runs for it, and its log line says so', async () => {
  const client = open(gateway.port)
  await warmUp(client, '{ reviewCount }')
  const release = hold(graph)
  const before = graph.reviews.requests.length
  client.send(post('{ reviewCount }'))
  while (graph.reviews.requests.length === before) await new Promise((resolve) => setImmediate(resolve))
  client.socket.destroy()
  while (lines.length < 3) await new Promise((resolve) => setImmediate(resolve))
  expect(lines[2]).toMatchObject({ status: 499 })
  release()
})

test('a WebSocket, and a stream, on the port of plain requests', async () => {
  const socket = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  const [message] = await once(socket, 'message')
  expect(JSON.parse(String(message))).toMatchObject({ type: 'connection_ack' })
  socket.terminate()
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: echo('a') }),
  })
  expect(response.headers.get('content-type')).toMatch('text/event-stream')
  expect(await response.text()).toContain('event: complete')
})

test('when the gateway stops, idle connections end at once, and one with an answer under way when it has it', async () => {
  const stopping = await start()
  const idle = open(stopping.port)
  const silent = open(stopping.port)
  const busy = open(stopping.port)
  await once(silent.socket, 'connect')
  await warmUp(idle, '{ reviewCount }')
  await warmUp(busy, '{ reviewCount }')
  const release = hold(graph)
  const before = graph.reviews.requests.length
  busy.send(post('{ reviewCount }'))
  while (graph.reviews.requests.length === before) await new Promise((resolve) => setImmediate(resolve))
  const stopped = stopping.stop()
  await Promise.all([closed(idle.socket), closed(silent.socket)])
  release()
  const answer = await busy.answer()
  expect(answer.body).toBe('{"data":{"reviewCount":3}}\n')
  expect(answer.head).toContain('Connection: close')
  await closed(busy.socket)
  await stopped
})

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close')
}

/** Keeps the reviews subgraph from answering until it is called. */
function hold({ reviews }: TinyGraph): () => void {
  let release = () => {}
  reviews.hold(
    new Promise<void>((resolve) => {
      release = resolve
    }),
  )
  return () => {
    reviews.hold(Promise.resolve())
    release()
  }
}
