import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createStopStack, type StopStack } from '@tributary/runtime'
import { type DevelopmentKeys, openDevelopmentKeys } from '@tributary/runtime/identity'
import { type ClientOptions, createClient } from 'graphql-sse'
import { decodeJwt } from 'jose'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { readGatewaySettings } from '../config.ts'
import { type RunningGateway, startGateway } from '../startGateway.ts'
import { type FixtureGraph, fixtureSecret, fixtureSupergraphSdl, startFixtureGraph } from './webSocketDoor.fixture.ts'

const folder = join(tmpdir(), 'tributary-streams-')
let keys: DevelopmentKeys
let dataDir: string
let running: StopStack
let graph: FixtureGraph
let gateway: RunningGateway
let lines: Record<string, unknown>[]

beforeAll(async () => {
  dataDir = await mkdtemp(folder)
  keys = await openDevelopmentKeys(dataDir)
  await writeFile(join(dataDir, 'supergraph.graphql'), fixtureSupergraphSdl)
})
afterAll(() => rm(dataDir, { recursive: true }))
beforeEach(async () => {
  running = createStopStack()
  lines = []
  graph = await startFixtureGraph(running)
  gateway = await start({})
})
afterEach(() => running.stop())

const threeTicks = ['a', 'b', 'c'].map((id, n) => ({ ticks: { n, item: { id, name: `item ${id}` } } }))

describe('graphql-sse, distinct connections', () => {
  test('events come in order, whole, then completion; queries, mutations and errors come too', async () => {
    const client = await sseClient('ada')
    const ticks = all(client.iterate({ query: follow('one') }))
    await sendTicks('one')
    expect(await ticks).toEqual(threeTicks.map((data) => ({ data })))
    expect(await all(client.iterate({ query: 'query Who { whoami }' }))).toEqual([{ data: { whoami: 'ada' } }])
    expect(await all(client.iterate({ query: 'mutation { bump }' }))).toEqual([{ data: { bump: 1 } }])
    const variables = { channel: 7 }
    const typed = 'subscription ($channel: String!) { ticks(channel: $channel) { n } }'
    for (const [request, code] of [
      [{ query: 'subscription { missing }' }, 'GRAPHQL_VALIDATION_FAILED'],
      [{ query: typed, variables }, 'BAD_USER_INPUT'],
    ] as const) {
      expect(await all(client.iterate(request))).toMatchObject([{ errors: [{ extensions: { code } }] }])
    }
    expect(lines).toMatchObject([
      { door: 'sse', status: 200, events: 3 },
      { door: 'sse', status: 200, operationName: 'Who' },
      { door: 'sse', status: 200 },
      { door: 'sse', status: 400, errorCodes: ['GRAPHQL_VALIDATION_FAILED'] },
      { door: 'sse', status: 400, errorCodes: ['BAD_USER_INPUT'] },
    ])
  })

  test('the death of the subgraph is an error, a client that leaves frees both sides', async () => {
    const client = await sseClient('ada')
    const lost = all(client.iterate({ query: follow('one') }))
    await graph.feed.opened('one')
    graph.feed.crash()
    expect(await lost).toMatchObject([{ errors: [{ extensions: { code: 'SUBGRAPH_STREAM_LOST' } }] }])
    const stream = client.iterate({ query: follow('two') })
    const waiting = stream.next()
    await graph.feed.opened('two')
    await stream.return?.()
    await waiting
    await graph.feed.left('two')
    expect(gateway.streamCounts()).toEqual({ streams: 0, responses: 0 })
  })

  test('when the gateway stops, the stream is cut with a retry hint, and the client comes again by itself', async () => {
    let onRestart = () => {}
    const restarted = new Promise<void>((resolve) => {
      onRestart = resolve
    })
    const client = await sseClient('ada', { retryAttempts: 1, retry: () => restarted })
    const stream = client.iterate({ query: follow('one') })
    const first = stream.next()
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 1 })
    await first
    const second = stream.next()
    const { port } = gateway
    await gateway.stop()
    gateway = await start({ PORT: String(port) })
    onRestart()
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 2 })
    expect((await second).value).toMatchObject({ data: { ticks: { n: 2 } } })
    await stream.return?.()
  })
})

describe('graphql-sse, single connection', () => {
  test('one stream carries all operations; each can be left, and the stream with the client', async () => {
    const client = await sseClient('ada', { singleConnection: true, lazyCloseTimeout: 100 })
    const left = client.iterate({ query: follow('left') })
    const waiting = left.next()
    await graph.feed.opened('left')
    const ticks = all(client.iterate({ query: follow('one') }))
    await sendTicks('one')
    expect(await ticks).toEqual(threeTicks.map((data) => ({ data })))
    expect(await all(client.iterate({ query: '{ whoami }' }))).toEqual([{ data: { whoami: 'ada' } }])
    expect(gateway.streamCounts()).toEqual({ streams: 1, responses: 1 })
    await left.return?.()
    await waiting
    await graph.feed.left('left')
    while (gateway.streamCounts().responses > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(gateway.streamCounts().streams).toBe(0)
  })

  test('a token is of use to who reserved it only, for one stream; a newer token of the user prolongs it', async () => {
    const ada = { authorization: `Bearer ${await keys.sign({ userId: 'ada', expiresInS: 3 })}` }
    const reserved = await fetch(gateway.graphqlUrl, { method: 'PUT', headers: ada })
    expect(reserved.status).toBe(201)
    const token = { 'x-graphql-event-stream-token': await reserved.text() }
    const accept = 'text/event-stream'
    // As EventSource does: it cannot set headers.
    const url = `${gateway.graphqlUrl}?token=${token['x-graphql-event-stream-token']}`
    const stream = await fetch(url, { headers: { accept } })
    expect((await fetch(url, { headers: { accept } })).status).toBe(409)
    expect((await fetch(`${url}x`, { headers: { accept } })).status).toBe(404)
    const operation = (id: string) => ({ query: follow(id), extensions: { operationId: id } })
    expect((await post(operation('one'), { ...token, authorization: await tokenOf('bob') })).status).toBe(404)
    expect((await post({ query: follow('one') }, { ...token, ...ada })).status).toBe(400)
    expect((await post(operation('one'), { ...token, ...ada })).status).toBe(202)
    await graph.feed.opened('one')
    expect((await post(operation('one'), { ...token, ...ada })).status).toBe(409)
    const newer = `Bearer ${await keys.sign({ userId: 'ada', expiresInS: 4 })}`
    expect((await post(operation('two'), { ...token, authorization: newer })).status).toBe(202)
    const text = await stream.text()
    for (const id of ['one', 'two']) {
      expect(text).toContain(
        `data: {"id":"${id}","payload":{"errors":[{"message":"The token has expired","extensions":{"code":"UNAUTHENTICATED"}}]}}`,
      )
    }
    await graph.feed.left('one')
  })

  test('when the gateway stops, the client comes again by itself', async () => {
    let onRestart = () => {}
    const restarted = new Promise<void>((resolve) => {
      onRestart = resolve
    })
    const client = await sseClient('ada', { singleConnection: true, retryAttempts: 1, retry: () => restarted })
    const stream = client.iterate({ query: follow('one') })
    const first = stream.next()
    await graph.feed.opened('one')
    const { port } = gateway
    await gateway.stop()
    gateway = await start({ PORT: String(port) })
    onRestart()
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 2 })
    expect((await first).value).toMatchObject({ data: { ticks: { n: 2 } } })
    await stream.return?.()
  })
})

describe('event streams on the wire', () => {
  test('GET and POST; no proxy may keep it back; `complete` has a data line; the next request has the connection', async () => {
    const token = await tokenOf('ada')
    const search = new URLSearchParams({ query: follow('one'), variables: '{}' })
    for (const [url, init] of [
      [`${gateway.graphqlUrl}?${search}`, {}],
      [gateway.graphqlUrl, { method: 'POST', body: JSON.stringify({ query: follow('one') }) }],
    ] as const) {
      const headers = { accept: 'text/event-stream', 'content-type': 'application/json', authorization: token }
      const response = await fetch(url, { ...init, headers })
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
        'cache-control': 'private, no-store',
      })
      await graph.feed.opened('one')
      graph.feed.send('one', { n: 1 })
      graph.feed.complete('one')
      expect(await response.text()).toBe(
        ':\n\nevent: next\ndata: {"data":{"ticks":{"n":1,"item":null}}}\n\nevent: complete\ndata: \n\n',
      )
    }
  })

  test('a plain query gets a plain answer, whatever else the client would take; a GET changes nothing', async () => {
    const accept =
      'application/graphql-response+json, application/json, text/event-stream, multipart/mixed;subscriptionSpec=1.0'
    const plain = await post({ query: '{ ping }' }, { accept })
    expect(plain.headers.get('content-type')).toContain('application/graphql-response+json')
    expect(await plain.json()).toEqual({ data: { ping: 'pong' } })
    const stream = await post({ query: 'subscription { nothing { n } }' }, { accept })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    await stream.text()
    const search = new URLSearchParams({ query: 'mutation { bump }' })
    const get = await fetch(`${gateway.graphqlUrl}?${search}`, { headers: { accept: 'text/event-stream' } })
    expect(get.status).toBeGreaterThanOrEqual(400)
    expect(graph.feed.bumps()).toBe(0)
  })

  test('pages of other origins are refused, bad tokens are 401', async () => {
    const query = follow('one')
    const accept = 'text/event-stream'
    const evil = await post({ query }, { accept, origin: 'https://evil.example' })
    expect(evil.status).toBe(403)
    const forged = await post({ query }, { accept, authorization: 'Bearer forged' })
    expect(forged.status).toBe(401)
    expect(lines).toMatchObject([
      { door: 'sse', status: 403, errorCodes: ['FORBIDDEN'] },
      { status: 401, errorCodes: ['UNAUTHENTICATED'] },
    ])
  })

  test('the stream ends with UNAUTHENTICATED when the token does, by either protocol', async () => {
    const authorization = `Bearer ${await keys.sign({ userId: 'ada', expiresInS: 2 })}`
    const texts = await Promise.all(
      ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'].map(async (accept) =>
        (await post({ query: follow('one') }, { accept, authorization })).text(),
      ),
    )
    for (const text of texts) expect(text).toContain('"code":"UNAUTHENTICATED"')
    await graph.feed.left('one')
    expect(lines).toMatchObject([{ errorCodes: ['UNAUTHENTICATED'] }, { errorCodes: ['UNAUTHENTICATED'] }])
  })

  test('a revoked token is refused, and ends what it opened, by every protocol; other tokens of the user are not touched', async () => {
    const file = join(dataDir, 'revoked')
    running.add({ stop: () => rm(file, { force: true }) })
    const revoking = await start({ REVOCATIONS_FILE: file })
    const token = await keys.sign({ userId: 'ada' })
    const authorization = `Bearer ${token}`
    const ask = (accept: string) => post({ query: follow('one') }, { accept, authorization }, revoking)
    const sse = await ask('text/event-stream')
    const multipart = await ask('multipart/mixed;subscriptionSpec=1.0')
    const reserved = await fetch(revoking.graphqlUrl, { method: 'PUT', headers: { authorization } })
    const eventStreamToken = await reserved.text()
    const single = await fetch(`${revoking.graphqlUrl}?token=${eventStreamToken}`, {
      headers: { accept: 'text/event-stream' },
    })
    const operation = { query: follow('one'), extensions: { operationId: 'one' } }
    await post(operation, { authorization, 'x-graphql-event-stream-token': eventStreamToken }, revoking)
    const ws = new WebSocket(revoking.webSocketUrl, 'graphql-transport-ws')
    const closed = once(ws, 'close')
    await once(ws, 'open')
    ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }))
    await once(ws, 'message')
    const other = { authorization: await tokenOf('ada'), accept: 'text/event-stream' }
    const kept = await post({ query: follow('kept') }, other, revoking)
    await graph.feed.opened('kept')

    const { jti } = decodeJwt(token)
    await writeFile(file, `jti:${jti}\n`)
    expect((await closed)[0]).toBe(4403)
    for (const response of [sse, multipart, single]) {
      expect(await response.text()).toContain(
        '{"errors":[{"message":"The token has been revoked","extensions":{"code":"UNAUTHENTICATED"}}]}',
      )
    }
    await graph.feed.left('one')
    for (const accept of ['application/json', 'text/event-stream']) {
      const refused = await post({ query: '{ ping }' }, { accept, authorization }, revoking)
      expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining('has been revoked')])
    }
    graph.feed.send('kept', { n: 1 })
    graph.feed.complete('kept')
    expect(await kept.text()).toContain('"n":1')
    expect((await post({ query: '{ ping }' }, { ...other, accept: 'application/json' }, revoking)).status).toBe(200)
  })

  test('too many streams of a user are refused, whatever they came by, and disturb nobody', async () => {
    const bounded = await start({ MAX_STREAMS_PER_USER: '2' })
    const authorization = await tokenOf('ada')
    const ask = (accept: string) => post({ query: follow('one') }, { accept, authorization }, bounded)
    const first = await ask('text/event-stream')
    const second = await ask('multipart/mixed;subscriptionSpec=1.0')
    await graph.feed.opened('one', 2)
    for (const accept of ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0']) {
      expect(await (await ask(accept)).text()).toContain('"code":"SUBSCRIPTION_MAX_LIMIT"')
    }
    graph.feed.send('one', { n: 1 })
    graph.feed.complete('one')
    for (const response of [first, second]) expect(await response.text()).toContain('"n":1')
    const third = await ask('text/event-stream')
    await graph.feed.opened('one')
    await third.body?.cancel()
    await graph.feed.left('one')
  })

  test.each(['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0', 'graphql-transport-ws'])(
    'a client whose connection is reset is left at once, both sides (%s)',
    async (protocol) => {
      if (protocol === 'graphql-transport-ws') {
        const authorization = await tokenOf('ada')
        const ws = new WebSocket(gateway.webSocketUrl, protocol)
        const sockets: Socket[] = []
        ws.once('upgrade', (response) => sockets.push(response.socket))
        await once(ws, 'open')
        ws.on('error', () => {})
        ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }))
        await once(ws, 'message')
        ws.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: follow('one') } }))
        await graph.feed.opened('one')
        for (const socket of sockets) socket.resetAndDestroy()
      } else {
        const { socket } = await rawSubscribe('one', protocol)
        await graph.feed.opened('one')
        expect(gateway.streamCounts()).toEqual({ streams: 1, responses: 1 })
        socket.resetAndDestroy()
      }
      await graph.feed.left('one')
      expect(gateway.streamCounts()).toEqual({ streams: 0, responses: 0 })
    },
  )

  test('who does not read makes the source wait; nothing is lost once it does', async () => {
    const { socket, text } = await rawSubscribe('one')
    await graph.feed.opened('one')
    socket.pause()
    const id = 'x'.repeat(50_000)
    for (let n = 0; n < 60; n++) graph.feed.send('one', { n, item: { id } })
    graph.feed.complete('one')
    socket.resume()
    await once(socket, 'end')
    const seen = [...text().matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
    expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })
})

describe('Apollo Client, multipart', () => {
  test('events come in order, whole, then completion; a query is answered plainly', async () => {
    const client = await apolloClient('ada')
    const ticks = observe(client, follow('one'))
    await sendTicks('one')
    expect(await ticks).toEqual(threeTicks)
    const { data } = await client.query({ query: gql('query Who { whoami }') })
    expect(data).toEqual({ whoami: 'ada' })
    expect(lines).toMatchObject([
      { door: 'multipart', status: 200, events: 3 },
      { door: 'http', status: 200, operationName: 'Who' },
    ])
  })

  test('errors reach it: of the operation, of the subgraph, of a gateway that stops', async () => {
    const client = await apolloClient('ada')
    await expect(observe(client, 'subscription { missing }')).rejects.toBeInstanceOf(CombinedGraphQLErrors)
    const lost = observe(client, follow('one'))
    await graph.feed.opened('one')
    graph.feed.crash()
    await expect(lost).rejects.toMatchObject({ errors: [{ extensions: { code: 'SUBGRAPH_STREAM_LOST' } }] })
    const cut = observe(client, follow('two'))
    await graph.feed.opened('two')
    const [error] = await Promise.all([cut.catch((reason: unknown) => reason), gateway.stop()])
    expect(error).toMatchObject({
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterMs: expect.any(Number) } }],
    })
  })

  test('each part is followed by its boundary at once', async () => {
    const accept = 'application/json, multipart/mixed; boundary=graphql; subscriptionSpec="1.0"'
    const response = await post({ query: follow('one') }, { accept })
    expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0')
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 1 })
    graph.feed.complete('one')
    expect(await response.text()).toBe(
      '\r\n--graphql\r\ncontent-type: application/json; charset=utf-8\r\n\r\n' +
        '{"payload":{"data":{"ticks":{"n":1,"item":null}}}}\r\n--graphql--\r\n',
    )
  })
})

type SseOptions = ClientOptions<boolean>

function follow(channel: string): string {
  return `subscription { ticks(channel: "${channel}") { n item { id name } } }`
}

async function sendTicks(channel: string): Promise<void> {
  await graph.feed.opened(channel)
  for (const [n, id] of ['a', 'b', 'c'].entries()) graph.feed.send(channel, { n, item: { id } })
  graph.feed.complete(channel)
}

async function all<Value>(stream: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = []
  for await (const value of stream) values.push(value)
  return values
}

async function tokenOf(userId: string): Promise<string> {
  return `Bearer ${await keys.sign({ userId, scopes: [] })}`
}

async function sseClient(userId: string, options: Omit<Partial<SseOptions>, 'url' | 'headers'> = {}) {
  const headers = { authorization: await tokenOf(userId) }
  const client = createClient<boolean>({ url: gateway.graphqlUrl, headers, retryAttempts: 0, ...options })
  running.add({ stop: async () => client.dispose() })
  return client
}

async function apolloClient(userId: string): Promise<ApolloClient> {
  const link = new HttpLink({ uri: gateway.graphqlUrl, headers: { authorization: await tokenOf(userId) } })
  const client = new ApolloClient({ link, cache: new InMemoryCache() })
  running.add({ stop: async () => client.stop() })
  return client
}

function observe(client: ApolloClient, query: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const seen: unknown[] = []
    client.subscribe({ query: gql(query), fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data, error }) => (error ? reject(error) : seen.push(withoutTypenames(data))),
      error: reject,
      complete: () => resolve(seen),
    })
  })
}

/** Apollo Client asks for them everywhere. */
function withoutTypenames(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data, (key, value) => (key === '__typename' ? undefined : value)))
}

function post(body: object, headers: Record<string, string>, to = gateway): Promise<Response> {
  return fetch(to.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** Subscribes over a socket of its own, which the test reads or does not. */
async function rawSubscribe(
  channel: string,
  accept = 'text/event-stream',
): Promise<{ socket: Socket; text(): string }> {
  const body = JSON.stringify({ query: `subscription { ticks(channel: "${channel}") { n item { id } } }` })
  const socket = connect(gateway.port, '127.0.0.1')
  running.add({ stop: async () => void socket.destroy() })
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  return { socket, text: () => text }
}

async function start(env: Record<string, string>): Promise<RunningGateway> {
  const settings = readGatewaySettings({
    PORT: '0',
    SUPERGRAPH: join(dataDir, 'supergraph.graphql'),
    SUBGRAPH_URLS: `feed=${graph.urls.feed},items=${graph.urls.items}`,
    ...env,
  })
  const log = pino(
    new Writable({
      write(line, _encoding, done) {
        const entry = JSON.parse(String(line))
        if (entry.msg === 'operation') lines.push(entry)
        done()
      },
    }),
  )
  return running.add(await startGateway({ settings, secret: fixtureSecret, jwks: keys.jwks, log }))
}
