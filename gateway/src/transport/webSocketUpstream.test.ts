import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { createLog, createStopStack, listen, type StopStack } from '@tributary/runtime'
import { type Identity, identityHeader, verifyIdentity } from '@tributary/runtime/identity'
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { UpstreamEvent } from './Upstream.ts'
import type { UpstreamLimits } from './UpstreamLimits.ts'
import { createWebSocketUpstream } from './webSocketUpstream.ts'

const log = createLog({ service: 'test', level: 'silent' })
const local = { port: 0, host: '127.0.0.1', setting: 'PORT' }

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

/** What is of graphql-transport-ws alone: `upstreams.test.ts` has the rest. */
describe('webSocketUpstream', () => {
  test('streams of one identity share one socket, another identity has its own; the last one to leave closes it', async () => {
    const subgraph = await startTicking()
    const upstream = open(subgraph.url)
    const ada = context({ userId: 'ada' })
    const streams = [
      upstream.subscribe(ticks(ada)),
      upstream.subscribe(ticks(context({ userId: 'ada' }, { traceparent: '00-1' }))),
      upstream.subscribe(ticks(context({ userId: 'bob' }))),
      upstream.subscribe(ticks(context({ userId: 'ada' }, { 'x-tenant': 'one' }))),
    ]
    for (const stream of streams) expect(await stream.next()).toMatchObject({ kind: 'event' })
    expect(upstream.counts()).toEqual({ sockets: 3, streams: 4 })
    expect(subgraph.sockets.size).toBe(3)
    const [first, ...rest] = streams
    first?.stop()
    expect(upstream.counts()).toEqual({ sockets: 3, streams: 3 })
    const allClosed = Promise.all([...subgraph.sockets].map((socket) => once(socket, 'close')))
    for (const stream of rest) stream.stop()
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    for (const [code] of await allClosed) expect(code).toBe(1000)
    if (subgraph.running() > 0) await subgraph.nextEnd()
    expect(subgraph.running()).toBe(0)
  })

  test('says who asks, signed, in connection_init, and passes headers on', async () => {
    const subgraph = await startTicking()
    const upstream = open(subgraph.url)
    const stream = upstream.subscribe(ticks(context({ userId: 'ada' }, { 'x-tenant': 'one', traceparent: '00-1' })))
    await stream.next()
    const [params] = subgraph.connectionParams
    expect(verifyIdentity(String(params?.[identityHeader]), '', 'secret')).toMatchObject({
      kind: 'verified',
      identity: { userId: 'ada' },
    })
    expect(params).toMatchObject({ 'x-tenant': 'one' })
    expect(params).not.toHaveProperty('traceparent')
    stream.stop()
  })

  test.each([
    ['destroyed', (socket: WebSocket) => socket.terminate()],
    ['closed with 1000, as if nothing had happened', (socket: WebSocket) => socket.close(1000)],
    ['closed with 1001', (socket: WebSocket) => socket.close(1001)],
  ])('a socket %s is a loss, not a completion; the next stream gets a new one', async (_, kill) => {
    const subgraph = await startTicking()
    const upstream = open(subgraph.url)
    const streams = [upstream.subscribe(ticks(context())), upstream.subscribe(ticks(context()))]
    for (const stream of streams) await stream.next()
    for (const socket of subgraph.sockets) kill(socket)
    for (const stream of streams) {
      const events = await all(stream)
      expect(events.at(-1)).toMatchObject({ kind: 'failed', error: { extensions: { code: 'SUBGRAPH_STREAM_LOST' } } })
    }
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    const next = upstream.subscribe(ticks(context()))
    expect(await next.next()).toMatchObject({ kind: 'event' })
    next.stop()
  })

  test('a subgraph that is not there, speaks no WebSocket, or never acknowledges is a typed failure', async () => {
    const plain = createServer((_, response) => response.writeHead(404).end())
    const plainPort = await listenFor(plain)
    const silentSockets = new Set<Socket>()
    const silent = createTcpServer((socket) => silentSockets.add(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    running.add({
      async stop() {
        for (const socket of silentSockets) socket.destroy()
        await new Promise((resolve) => silent.close(resolve))
      },
    })
    const mute = await startMute()
    const address = silent.address()
    const silentPort = typeof address === 'object' && address ? address.port : 0
    const cases: [string, string][] = [
      ['http://127.0.0.1:1/graphql', 'SUBREQUEST_HTTP_ERROR'],
      [`http://127.0.0.1:${plainPort}/graphql`, 'SUBREQUEST_HTTP_ERROR'],
      ['no url', 'SUBREQUEST_HTTP_ERROR'],
      [`http://127.0.0.1:${silentPort}/graphql`, 'SUBGRAPH_REQUEST_TIMEOUT'],
      [mute.url, 'SUBGRAPH_REQUEST_TIMEOUT'],
    ]
    for (const [url, code] of cases) {
      const upstream = open(url, { connectTimeoutMs: 200 })
      const end = await upstream.subscribe(ticks(context())).next()
      expect(end).toMatchObject({ kind: 'failed', error: { extensions: { code } } })
      expect(JSON.stringify(end)).not.toContain('127.0.0.1')
      expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    }
  })

  test('a reader who leaves while the socket still connects leaves nothing', async () => {
    const mute = await startMute()
    const upstream = open(mute.url)
    const stream = upstream.subscribe(ticks(context()))
    const waiting = stream.next()
    stream.stop()
    expect(await waiting).toEqual({ kind: 'complete' })
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    await upstream.stop()
  })

  test('a frozen subgraph is noticed by the pong that does not come', async () => {
    const subgraph = await startTicking({ autoPong: false })
    const upstream = open(subgraph.url, { pingIntervalMs: 50 })
    const stream = upstream.subscribe({ ...ticks(context()), variables: { count: 1, thenWait: 1 } })
    const events = await all(stream)
    expect(events).toMatchObject([
      { kind: 'event' },
      { kind: 'failed', error: { extensions: { code: 'SUBGRAPH_STREAM_LOST' } } },
    ])
  })

  test('garbage on the socket fails its streams', async () => {
    for (const garbage of ['nonsense', '{"type":"next"}', '[]', '{"type":"next","id":"1","payload":[]}']) {
      const subgraph = await startMute((socket) => {
        socket.send('{"type":"connection_ack"}')
        socket.send(garbage)
      })
      const upstream = open(subgraph.url)
      expect(await upstream.subscribe(ticks(context())).next()).toMatchObject({
        kind: 'failed',
        error: { extensions: { code: 'SUBREQUEST_MALFORMED_RESPONSE' } },
      })
    }
  })
})

function open(url: string, limits: Partial<UpstreamLimits> = {}) {
  return running.add(
    createWebSocketUpstream({
      subgraphs: (name) => (name === 'ticking' ? { url } : undefined),
      secret: 'secret',
      log,
      limits,
    }),
  )
}

function ticks(context: RequestContext) {
  const query = 'subscription ($count: Int! = 1000000, $thenWait: Int) { tick(count: $count, thenWait: $thenWait) }'
  return { subgraph: 'ticking', query, variables: {}, context }
}

function context(identity?: Partial<Identity>, headers: Record<string, string> = {}): RequestContext {
  return {
    requestId: 'test',
    identity: identity && { userId: 'ada', scopes: [], expiresAtMs: Date.now() + Math.random() * 1e6, ...identity },
    headers,
    signal: new AbortController().signal,
  }
}

async function all(stream: { next(): Promise<UpstreamEvent> }): Promise<UpstreamEvent[]> {
  const events: UpstreamEvent[] = []
  for (;;) {
    const event = await stream.next()
    events.push(event)
    if (event.kind !== 'event') return events
  }
}

/** A subgraph whose one subscription counts to `count`, then completes, or goes silent. */
async function startTicking(options: { autoPong?: boolean } = {}) {
  const connectionParams: Record<string, unknown>[] = []
  const ends = new EventEmitter()
  let open = 0
  async function* tick(_: unknown, { count, thenWait }: { count: number; thenWait?: number | null }) {
    open++
    try {
      for (let n = 1; n <= count; n++) {
        yield { tick: n }
        // Yields to the socket, so that the endless one can be left.
        if (n > 100) await new Promise((resolve) => setImmediate(resolve))
      }
      if (thenWait) await new Promise(() => {})
    } finally {
      open--
      ends.emit('end')
    }
  }
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        tick: {
          type: GraphQLInt,
          args: { count: { type: new GraphQLNonNull(GraphQLInt) }, thenWait: { type: GraphQLInt } },
          subscribe: tick,
        },
      },
    }),
  })
  const server = createServer()
  const webSockets = new WebSocketServer({ server, autoPong: options.autoPong ?? true })
  const sockets = webSockets.clients
  const protocol = useServer(
    {
      schema,
      onConnect: (connection) => {
        connectionParams.push(connection.connectionParams ?? {})
        return true
      },
    },
    webSockets,
    0,
  )
  const port = await listenFor(server, async () => {
    for (const socket of sockets) socket.terminate()
    await protocol.dispose()
  })
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    sockets,
    connectionParams,
    running: () => open,
    nextEnd: () => once(ends, 'end'),
  }
}

/** Accepts WebSockets and says nothing, or what it is told to. */
async function startMute(greet: (socket: WebSocket) => void = () => {}) {
  const server = createServer()
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', greet)
  const port = await listenFor(server, async () => {
    for (const socket of webSockets.clients) socket.terminate()
  })
  return { url: `http://127.0.0.1:${port}/graphql` }
}

async function listenFor(server: Server, beforeStop: () => Promise<void> = async () => {}): Promise<number> {
  const port = await listen(server, local)
  running.add({
    async stop() {
      await beforeStop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return port
}
