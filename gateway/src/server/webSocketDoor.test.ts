import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { createStopStack, listen, type StopStack } from '@tributary/runtime'
import { codedError } from '@tributary/schema'

import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createTokenWatch } from '../identity/createTokenWatch.ts'
import { noRevocations } from '../identity/Revocations.ts'
import { createStreams } from '../stream/createStreams.ts'
import { streamLimitsOf } from '../stream/StreamLimits.ts'
import { createGeneration } from '../supergraph/createGeneration.ts'
import { createHttpTransport } from '../transport/httpTransport.ts'
import { createWebSocketUpstream } from '../transport/webSocketUpstream.ts'
import type { OperationLogEntry, Room } from './Room.ts'
import { createStreamQuota, defaultStreamQuotaLimits, type StreamQuotaLimits } from './streamQuota.ts'
import {
  type FixtureGraph,
  fixtureLog,
  fixtureSecret,
  fixtureSupergraphSdl,
  startFixtureGraph,
} from './webSocketDoor.fixture.ts'
import { createWebSocketDoor, type WebSocketDoor } from './webSocketDoor.ts'
import type { WebSocketLimits } from './webSocketLimits.ts'

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

describe('subscriptions', () => {
  test('events come with the fields of other subgraphs, in order, however long each takes; then completion', async () => {
    const { graph, client } = await start()
    const held = [graph.items.hold('a'), graph.items.hold('b')]
    const stream = iterate(client, follow('one'))
    await graph.feed.opened('one')
    for (const [n, id] of ['a', 'b', 'c'].entries()) graph.feed.send('one', { n, item: { id } })
    graph.feed.complete('one')
    const [letGoOfA, letGoOfB] = await Promise.all(held)
    letGoOfB?.()
    letGoOfA?.()
    expect(await rest(stream)).toEqual(
      ['a', 'b', 'c'].map((id, n) => ({ data: { ticks: { n, item: { id, name: `item ${id}` } } } })),
    )
  })

  test('one that completes at once completes', async () => {
    const { client } = await start()
    expect(await rest(iterate(client, 'subscription { nothing { n } }'))).toEqual([])
  })

  test('two clients of one identity share one upstream socket, two identities do not', async () => {
    const { graph, gateway } = await start()
    const clients = [gateway.client('ada'), gateway.client('ada'), gateway.client('bob')]
    const streams = clients.map((client) => iterate(client, follow('one')))
    const first = streams.map((stream) => stream.next())
    await graph.feed.opened('one', 3)
    expect(gateway.upstream.counts()).toEqual({ sockets: 2, streams: 3 })
    expect(gateway.door.counts()).toEqual({ sockets: 3, streams: 3 })
    graph.feed.send('one', { n: 1 })
    for (const event of await Promise.all(first)) expect(event.value).toMatchObject({ data: { ticks: { n: 1 } } })
    graph.feed.complete('one')
    for (const stream of streams) expect(await rest(stream)).toEqual([])
    expect(gateway.upstream.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('clients of one identity that follow the same share one subscription upstream; late ones get the newest event', async () => {
    const { graph, gateway } = await start()
    graph.feed.change('one')
    graph.feed.change('one')
    const query = (after = '') => `subscription { changes(channel: "one"${after}) { seq } }`
    const changes = (seq: number) => ({ value: { data: { changes: { seq } } } })
    const early = iterate(gateway.client('ada'), query())
    expect(await early.next()).toMatchObject(changes(2))
    const late = iterate(gateway.client('ada'), query())
    expect(await late.next()).toMatchObject(changes(2))
    const other = iterate(gateway.client('bob'), query())
    expect(await other.next()).toMatchObject(changes(2))
    expect(graph.feed.counts().streams).toBe(2)
    expect(gateway.upstream.counts()).toEqual({ sockets: 2, streams: 2 })
    expect(gateway.door.counts().streams).toBe(3)
    const next = [early.next(), late.next(), other.next()]
    graph.feed.change('one')
    for (const event of await Promise.all(next)) expect(event).toMatchObject(changes(3))
    await early.return?.()
    graph.feed.complete('one')
    for (const stream of [late, other]) expect(await rest(stream)).toEqual([])
    expect(gateway.upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    expect(gateway.logged.map(({ status, events }) => [status, events])).toEqual([
      [200, 2],
      [200, 2],
      [200, 2],
    ])
  })

  test('trap 3: a client that leaves frees both sides at once: by complete, by its socket, while a fetch is awaited', async () => {
    const { graph, gateway } = await start()
    for (const leave of ['complete', 'terminate', 'awaiting'] as const) {
      const socket = await gateway.socket()
      socket.say({ type: 'subscribe', id: '1', payload: { query: follow(leave) } })
      await graph.feed.opened(leave)
      expect(gateway.door.counts().streams).toBe(1)
      if (leave === 'awaiting') {
        const asked = graph.items.hold('x')
        graph.feed.send(leave, { n: 1, item: { id: 'x' } })
        await asked
      }
      if (leave === 'complete') socket.say({ type: 'complete', id: '1' })
      else socket.ws.terminate()
      await graph.feed.left(leave)
      expect(gateway.door.counts().streams).toBe(0)
      expect(gateway.upstream.counts()).toEqual({ sockets: 0, streams: 0 })
      expect(graph.feed.counts().streams).toBe(0)
    }
  })

  test('trap 6: the death of the subgraph is an error, not a completion', async () => {
    const { graph, gateway, client } = await start()
    const stream = iterate(client, follow('one'))
    const first = stream.next()
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 1 })
    await first
    graph.feed.crash()
    await expect(rest(stream)).rejects.toMatchObject([
      { extensions: { code: 'SUBGRAPH_STREAM_LOST', service: 'feed' } },
    ])
    expect(gateway.logged).toMatchObject([{ status: 200, events: 1, errorCodes: ['SUBGRAPH_STREAM_LOST'] }])
  })

  test('trap 6: a subscription with a cursor outlives its subgraph: nothing lost, nothing twice, also when it selects no `seq`', async () => {
    const { graph, client } = await start()
    graph.feed.change('one')
    const variables = { channel: 'one', from: 0 }
    const query =
      'subscription ($channel: String!, $from: Int) { mine: changes(channel: $channel, after: $from) { seq } }'
    const seqs = client.iterate({ query, variables })
    const names = client.iterate({ query: 'subscription { changes(channel: "one") { channel } }' })
    const next = async () => [(await seqs.next()).value?.data, (await names.next()).value?.data]
    const first = next()
    await graph.feed.opened('one', 2)
    expect(await first).toEqual([{ mine: { seq: 1 } }, { changes: { channel: 'one' } }])
    for (const seq of [2, 4, 6]) {
      graph.feed.crash()
      graph.feed.change('one')
      graph.feed.change('one')
      for (const each of [seq, seq + 1]) {
        expect(await next()).toEqual([{ mine: { seq: each } }, { changes: { channel: 'one' } }])
      }
    }
    await graph.feed.opened('one', 2)
    graph.feed.complete('one')
    expect(await rest(seqs)).toEqual([])
    expect(await rest(names)).toEqual([])
  })

  test('trap 10: a fetch that hangs costs its event its fields, at the deadline, and the stream goes on', async () => {
    const { graph, client } = await start({ operationTimeoutMs: 200 })
    const asked = graph.items.hold('a')
    const stream = iterate(client, follow('one'))
    const events = rest(stream)
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 1, item: { id: 'a' } })
    await asked
    graph.feed.send('one', { n: 2, item: { id: 'b' } })
    graph.feed.complete('one')
    expect(await events).toMatchObject([
      { data: { ticks: { n: 1, item: { id: 'a', name: null } } }, errors: [{ path: ['ticks', 'item', 'name'] }] },
      { data: { ticks: { n: 2, item: { id: 'b', name: 'item b' } } } },
    ])
  })

  test('while another subgraph is down events are partial, with an error, and the stream goes on', async () => {
    const { graph, client } = await start()
    await graph.items.stop()
    const stream = iterate(client, follow('one'))
    const events = rest(stream)
    await graph.feed.opened('one')
    graph.feed.send('one', { n: 1, item: { id: 'a' } })
    graph.feed.send('one', { n: 2 })
    graph.feed.complete('one')
    expect(await events).toMatchObject([
      { data: { ticks: { n: 1, item: { id: 'a', name: null } } }, errors: [{ path: ['ticks', 'item', 'name'] }] },
      { data: { ticks: { n: 2, item: null } } },
    ])
  })

  test('variables that are no good, documents that are none, and too many streams are errors that disturb nobody', async () => {
    const { graph, gateway } = await start({ streams: { maxPerSocket: 2 } })
    const socket = await gateway.socket()
    socket.say({ type: 'subscribe', id: 'one', payload: { query: follow('one') } })
    socket.say({ type: 'subscribe', id: 'two', payload: { query: follow('two') } })
    await Promise.all([graph.feed.opened('one'), graph.feed.opened('two')])
    const bad: [payload: object, code: string][] = [
      [{ query: follow('three') }, 'SUBSCRIPTION_MAX_LIMIT'],
      [{ query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
      [{ query: 'subscription { missing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ]
    for (const [payload, code] of bad) {
      socket.say({ type: 'subscribe', id: 'bad', payload })
      expect(await socket.hear()).toMatchObject({ type: 'error', id: 'bad', payload: [{ extensions: { code } }] })
    }
    socket.say({ type: 'complete', id: 'two' })
    await graph.feed.left('two')
    const query = 'subscription ($channel: String!) { ticks(channel: $channel) { n } }'
    socket.say({ type: 'subscribe', id: 'bad', payload: { query, variables: { channel: 7 } } })
    expect(await socket.hear()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    graph.feed.send('one', { n: 1 })
    expect(await socket.hear()).toMatchObject({ type: 'next', id: 'one' })
    expect(gateway.door.counts().streams).toBe(1)
  })

  test('trap 8: a new graph ends no stream: what began on the old one goes on with it', async () => {
    const { graph, gateway, client } = await start()
    const stream = iterate(client, follow('one'))
    const events = rest(stream)
    await graph.feed.opened('one')
    gateway.reload({ ...graph.urls, feed: 'http://127.0.0.1:1/graphql' })
    const other = rest(iterate(gateway.client('bob'), follow('one')))
    await expect(other).rejects.toMatchObject([{ extensions: { code: 'SUBREQUEST_HTTP_ERROR' } }])
    graph.feed.send('one', { n: 1, item: { id: 'a' } })
    graph.feed.complete('one')
    expect(await events).toMatchObject([{ data: { ticks: { n: 1, item: { name: 'item a' } } } }])
  })

  test('trap 10: when clients have come and gone in every way, nothing of them is left', async () => {
    const { graph, gateway } = await start()
    const seed = Math.floor(Math.random() * 2 ** 31)
    const chance = prand(seed)
    const sockets = await Promise.all(Array.from({ length: 8 }, (_, n) => gateway.socket(init(`user ${n % 3}`))))
    const actions = [
      (n: number) => sockets[n % 8]?.say({ type: 'subscribe', id: `${n}`, payload: { query: follow(`${n % 4}`) } }),
      (n: number) => sockets[n % 8]?.say({ type: 'subscribe', id: `${n}`, payload: { query: follow(`${n % 4}`) } }),
      (n: number) => sockets[n % 8]?.say({ type: 'complete', id: `${chance(n + 1)}` }),
      (n: number) => graph.feed.send(`${n % 4}`, { n, item: { id: `${n}` } }),
      (n: number) => graph.feed.complete(`${n % 4}`),
      () => chance(8) === 0 && graph.feed.crash(),
      () => new Promise((resolve) => setImmediate(resolve)),
    ]
    for (let n = 0; n < 600; n++) await actions[chance(actions.length)]?.(n)
    for (const { ws } of sockets) ws.terminate()
    await gateway.allGone()
    // What the gateway had said before it left is still on its way to the feed.
    while (graph.feed.counts().sockets > 0) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all(['0', '1', '2', '3'].map((channel) => graph.feed.left(channel)))
    const left = {
      door: gateway.door.counts(),
      upstream: gateway.upstream.counts(),
      feed: graph.feed.counts().streams,
      seed,
    }
    expect(left).toEqual({ door: { sockets: 0, streams: 0 }, upstream: { sockets: 0, streams: 0 }, feed: 0, seed })
  })

  test('an id may be used again as soon as the client has completed it', async () => {
    const { graph, gateway } = await start()
    const socket = await gateway.socket()
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('one') } })
    await graph.feed.opened('one')
    socket.say({ type: 'complete', id: '1' })
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('two') } })
    await graph.feed.opened('two')
    graph.feed.send('two', { n: 2 })
    expect(await socket.hear()).toMatchObject({ type: 'next', id: '1', payload: { data: { ticks: { n: 2 } } } })
    socket.ws.terminate()
    await graph.feed.left('two')
    expect(gateway.door.counts().streams).toBe(0)
  })
})

describe('bounds', () => {
  test('trap 10: a user has so many streams on all sockets, the process so many of all users; one that ends makes room', async () => {
    const { graph, gateway } = await start({ streams: { maxPerUser: 2, maxPerProcess: 3 } })
    const sockets = await Promise.all(['ada', 'ada', 'bob'].map((userId) => gateway.socket(init(userId))))
    const [ada, other, bob] = sockets
    const ask = (socket: typeof ada, id: string) =>
      socket?.say({ type: 'subscribe', id, payload: { query: follow(id) } })
    const refused = { type: 'error', payload: [{ extensions: { code: 'SUBSCRIPTION_MAX_LIMIT' } }] }
    ask(ada, 'one')
    ask(other, 'two')
    await Promise.all([graph.feed.opened('one'), graph.feed.opened('two')])
    ask(ada, 'more')
    expect(await ada?.hear()).toMatchObject(refused)
    ask(bob, 'three')
    await graph.feed.opened('three')
    ask(bob, 'more')
    expect(await bob?.hear()).toMatchObject(refused)
    other?.ws.terminate()
    await graph.feed.left('two')
    ask(bob, 'four')
    await graph.feed.opened('four')
    graph.feed.send('one', { n: 1 })
    expect(await ada?.hear()).toMatchObject({ type: 'next', id: 'one' })
    expect(gateway.door.counts().streams).toBe(3)
  })
})

describe('queries and mutations over the socket', () => {
  test('give one result and complete, as the same identity as over HTTP, and are logged', async () => {
    const { graph, gateway, client } = await start()
    expect(await rest(iterate(client, 'query Who { whoami }'))).toEqual([{ data: { whoami: 'ada' } }])
    expect(await rest(iterate(client, 'mutation { bump }'))).toEqual([{ data: { bump: 1 } }])
    const ping = { query: 'query ($message: String) { ping(message: $message) }', variables: { message: 'hello' } }
    expect(await rest(client.iterate(ping))).toEqual([{ data: { ping: 'hello' } }])
    expect(graph.feed.bumps()).toBe(1)
    expect(gateway.logged).toMatchObject([
      { door: 'websocket', operationName: 'Who', status: 200 },
      { door: 'websocket', status: 200 },
      { door: 'websocket', status: 200 },
    ])
  })

  test('a query that the client completes is given up, down to the subgraph', async () => {
    const { graph, gateway } = await start()
    const socket = await gateway.socket()
    socket.say({ type: 'subscribe', id: '1', payload: { query: '{ slow }' } })
    const { gaveUp } = await graph.feed.slowAsked
    socket.say({ type: 'complete', id: '1' })
    await gaveUp
    expect(gateway.logged).toMatchObject([{ status: 499 }])
  })

  test('more operations at a time than a socket may have are refused', async () => {
    const { graph, gateway } = await start({ limits: { maxOperationsPerSocket: 1 } })
    const socket = await gateway.socket()
    socket.say({ type: 'subscribe', id: '1', payload: { query: '{ slow }' } })
    await graph.feed.slowAsked
    socket.say({ type: 'subscribe', id: '2', payload: { query: '{ ping }' } })
    const code = 'REQUEST_CONCURRENCY_LIMITED'
    expect(await socket.hear()).toMatchObject({ type: 'error', id: '2', payload: [{ extensions: { code } }] })
  })
})

describe('the life of a socket', () => {
  test.each([
    ['says nothing', [], 4408],
    ['subscribes before the acknowledgement', [{ type: 'subscribe', id: '1', payload: { query: '{ ping }' } }], 4401],
    ['says who it is twice', [{ type: 'connection_init' }, { type: 'connection_init' }], 4429],
    ['sends what is no message', [{ type: 'nonsense' }], 4400],
    ['sends a binary frame', [Buffer.from('{}')], 4400],
    ['has a bad token', [{ type: 'connection_init', payload: { authorization: 'Bearer forged' } }], 4403],
    ['has an expired token', [{ type: 'connection_init', payload: { Authorization: bearer('ada', -1) } }], 4403],
    [
      'has an id in use',
      [init('ada'), ...twice({ type: 'subscribe', id: 'x'.repeat(128), payload: { query: follow('x') } })],
      4409,
    ],
    [
      'has an id too long',
      [init('ada'), { type: 'subscribe', id: 'x'.repeat(129), payload: { query: '{ ping }' } }],
      4400,
    ],
    ['sends too much', [{ type: 'connection_init', payload: { pad: 'x'.repeat(100_001) } }], 1009],
  ])('a client that %s is closed with the code for it', async (_, messages, code) => {
    const { gateway } = await start({ limits: { connectionInitTimeoutMs: 100 } })
    const ws = await gateway.open()
    for (const message of messages) ws.send(Buffer.isBuffer(message) ? message : JSON.stringify(message))
    const [closeCode] = await once(ws, 'close')
    expect(closeCode).toBe(code)
    await gateway.allGone()
    expect(gateway.door.counts()).toEqual({ sockets: 0, streams: 0 })
    expect(gateway.upstream.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('the token is taken from wherever clients put it; without one the client is anonymous', async () => {
    const { gateway } = await start()
    const token = bearer('ada')
    const payloads: [unknown, string | null][] = [
      [{ Authorization: token }, 'ada'],
      [{ authorization: token }, 'ada'],
      [{ headers: { Authorization: token } }, 'ada'],
      [{ headers: { authorization: token }, other: 1 }, 'ada'],
      [{}, null],
      [undefined, null],
    ]
    for (const [payload, whoami] of payloads) {
      const socket = await gateway.socket({ type: 'connection_init', ...(payload !== undefined && { payload }) })
      socket.say({ type: 'subscribe', id: '1', payload: { query: '{ whoami }' } })
      expect(await socket.hear()).toMatchObject({ payload: { data: { whoami } } })
      socket.ws.terminate()
    }
  })

  test('when the token expires the socket closes with 4403, and nothing of its streams is left', async () => {
    const { graph, gateway } = await start()
    const socket = await gateway.socket(init('ada', 300))
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('one') } })
    await graph.feed.opened('one')
    const left = graph.feed.left('one')
    const [code] = await once(socket.ws, 'close')
    expect(code).toBe(4403)
    // Neither `complete` nor anything else that would say the stream had ended by itself.
    expect(socket.unheard()).toEqual([])
    await left
    expect(gateway.upstream.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('a ping with a newer token of the same user keeps the streams beyond the old one', async () => {
    const { graph, gateway } = await start()
    const socket = await gateway.socket(init('ada', 700))
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('one') } })
    await graph.feed.opened('one')
    const old = await gateway.socket(init('bob', 900))
    socket.say({ type: 'ping', payload: { authorization: bearer('ada') } })
    expect(await socket.hear()).toMatchObject({ type: 'pong' })
    // It would have ended before this one.
    expect((await once(old.ws, 'close'))[0]).toBe(4403)
    graph.feed.send('one', { n: 1, item: { id: 'a' } })
    expect(await socket.hear()).toMatchObject({
      type: 'next',
      payload: { data: { ticks: { item: { name: 'item a' } } } },
    })
    for (const authorization of [bearer('bob'), 'Bearer forged']) {
      const other = await gateway.socket(init('ada'))
      other.say({ type: 'ping', payload: { authorization } })
      expect((await once(other.ws, 'close'))[0]).toBe(4403)
    }
  })

  test('pages of other origins are refused before the upgrade; clients without an origin are let in', async () => {
    const { gateway } = await start()
    const cases: [origin: string | undefined, path: string, status: number][] = [
      ['https://evil.example', '/graphql', 403],
      ['null', '/graphql', 403],
      ['https://app.example', '/graphql', 101],
      [undefined, '/graphql', 101],
      [undefined, '/elsewhere', 404],
    ]
    for (const [origin, path, status] of cases) expect(await gateway.upgradeStatus({ origin, path })).toBe(status)
  })

  test('no more sockets may wait unacknowledged than the bound', async () => {
    const { gateway } = await start({ limits: { maxPendingSockets: 1 } })
    await gateway.socket()
    const waiting = await gateway.open()
    expect(await gateway.upgradeStatus({ path: '/graphql' })).toBe(503)
    waiting.send(JSON.stringify(init('ada')))
    await once(waiting, 'message')
    await gateway.socket()
  })

  test('a client of another sub-protocol is closed with 4406, and compression is not offered', async () => {
    const { gateway } = await start()
    const ws = await gateway.open([])
    const [code] = await once(ws, 'close')
    expect(code).toBe(4406)
    const socket = await gateway.socket()
    expect(socket.ws.extensions).toBe('')
  })

  test('a client that does not answer pings is dropped', async () => {
    const { graph, gateway } = await start({ limits: { pingIntervalMs: 1_000 } })
    const socket = await gateway.socket(init('ada'), { autoPong: false })
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('one') } })
    await graph.feed.opened('one')
    await graph.feed.left('one')
    await gateway.allGone()
    expect(gateway.door.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('a client that goes on asking without reading is dropped', async () => {
    const { gateway } = await start({ limits: { maxUnsentBytes: 200_000 } })
    const { ws } = await gateway.socket()
    ws.pause()
    const ping = JSON.stringify({ type: 'ping', payload: { pad: 'x'.repeat(90_000) } })
    while (gateway.door.counts().sockets > 0) {
      if (ws.readyState === WebSocket.OPEN) ws.send(ping, () => {})
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  test('a client that does not read what was sent is closed with 1013, and its streams are freed at once', async () => {
    const { graph, gateway } = await start({ limits: { pingIntervalMs: 1_000, unreadTimeoutMs: 200 } })
    const { ws } = await gateway.socket()
    ws.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: follow('one') } }))
    await graph.feed.opened('one')
    ws.pause()
    // More than the system's buffers take.
    const id = 'x'.repeat(200_000)
    for (let n = 0; n < 36; n++) graph.feed.send('one', { n, item: { id } })
    while (gateway.door.counts().streams > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await graph.feed.left('one')
    const closed = once(ws, 'close')
    ws.resume()
    expect((await closed)[0]).toBe(1013)
  })

  test('stopping closes every socket with 1001 and lets no new one in', async () => {
    const { graph, gateway } = await start()
    const socket = await gateway.socket()
    socket.say({ type: 'subscribe', id: '1', payload: { query: follow('one') } })
    await graph.feed.opened('one')
    const closed = once(socket.ws, 'close')
    await gateway.door.stop()
    expect((await closed)[0]).toBe(1001)
    expect(socket.unheard()).toEqual([])
    await graph.feed.left('one')
    expect(await gateway.upgradeStatus({ path: '/graphql' })).toBe(503)
  })
})

function follow(channel: string): string {
  return `subscription { ticks(channel: "${channel}") { n item { id name } } }`
}

function iterate(client: Client, query: string): AsyncIterableIterator<unknown> {
  return client.iterate({ query })
}

async function rest(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const results: unknown[] = []
  for await (const result of stream) results.push(result)
  return results
}

function twice<Value>(value: Value): [Value, Value] {
  return [value, value]
}

/** The fixture's tokens: who, and when it expires. */
function bearer(userId: string, livesMs = 60_000): string {
  return `Bearer ${userId}:${Date.now() + livesMs}`
}

function init(userId: string, livesMs?: number) {
  return { type: 'connection_init', payload: { Authorization: bearer(userId, livesMs) } }
}

type GatewayOptions = {
  limits?: Partial<WebSocketLimits>
  streams?: Partial<StreamQuotaLimits>
  operationTimeoutMs?: number
}

async function start(options: GatewayOptions = {}) {
  const graph = await startFixtureGraph(running)
  const gateway = await startGateway(graph, options)
  return { graph, gateway, client: gateway.client('ada') }
}

/** Whole numbers below a bound, the same for the same seed (a linear congruential generator). */
function prand(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % bound
  }
}

/** The door, on a real server, over the fixture's graph. Tokens are `user:expiry`: what they look like is not the door's. */
async function startGateway(
  graph: FixtureGraph,
  { limits = {}, operationTimeoutMs = 10_000, streams = {} }: GatewayOptions,
) {
  let generation = createGeneration({ supergraphSdl: fixtureSupergraphSdl, subgraphUrls: graph.urls })
  const logged: OperationLogEntry[] = []
  const transport = running.add(createHttpTransport({ subgraphs: generation.subgraphs, secret: fixtureSecret }))
  const upstream = running.add(
    createWebSocketUpstream({
      subgraphs: (name) => generation.subgraphs.get(name),
      secret: fixtureSecret,
      log: fixtureLog,
    }),
  )
  const { open: openStream } = createStreams({
    upstream,
    limits: streamLimitsOf(operationTimeoutMs),
    onFault(error) {
      throw error
    },
  })
  const room: Room = {
    current: () => generation,
    transportOf: () => transport,
    holdTransport: () => () => {},
    openStream,
    async authenticate(authorization) {
      if (authorization === undefined) return undefined
      const [userId, expiresAt] = authorization.replace('Bearer ', '').split(':')
      const expiresAtMs = Number(expiresAt)
      if (!userId || !(expiresAtMs > Date.now())) throw codedError('UNAUTHENTICATED', 'The token is no good')
      return { userId, scopes: [], expiresAtMs }
    },
    onTokenEnd: createTokenWatch(noRevocations),
    createContext: ({ identity, signal }) => ({ requestId: 'test', identity, headers: {}, signal }),
    allowsOrigin: (origin) => origin === undefined || origin === 'https://app.example',
    logOperation: (entry) => void logged.push(entry),
    log: fixtureLog,
    streams: createStreamQuota({ ...defaultStreamQuotaLimits, ...streams }),
    limits: { maxBodyBytes: 100_000, operationTimeoutMs },
    isDraining: () => false,
  }
  const door: WebSocketDoor = createWebSocketDoor({ room, limits })
  const server = createServer().on('upgrade', door.upgrade)
  const connections = new Set<Promise<unknown>>()
  server.on('connection', (socket) => connections.add(new Promise((resolve) => socket.once('close', resolve))))
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({
    async stop() {
      await door.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  const url = `127.0.0.1:${port}/graphql`

  async function open(protocol: string | string[] = 'graphql-transport-ws', options = {}): Promise<WebSocket> {
    const ws = new WebSocket(`ws://${url}`, protocol, options)
    running.add({ stop: async () => ws.terminate() })
    await once(ws, 'open')
    return ws
  }

  return {
    door,
    upstream,
    logged,
    open,
    reload(subgraphUrls: Record<string, string>) {
      generation = createGeneration({ supergraphSdl: fixtureSupergraphSdl, subgraphUrls })
    },
    /** Resolves when no client is connected any more. */
    async allGone() {
      await Promise.all(connections)
      await new Promise((resolve) => setImmediate(resolve))
    },
    client(userId: string): Client {
      const connectionParams = { Authorization: bearer(userId) }
      const client = createClient({ url: `ws://${url}`, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
      running.add({ stop: async () => client.terminate() })
      return client
    },
    /** An acknowledged socket on which messages are said and heard one by one. */
    async socket(message: object = init('ada'), options = {}) {
      const ws = await open(undefined, options)
      const messages: unknown[] = []
      const heard = new EventEmitter()
      ws.on('message', (data) => {
        messages.push(JSON.parse(String(data)))
        heard.emit('message')
      })
      const socket = {
        ws,
        say: (said: object) => ws.send(JSON.stringify(said)),
        async hear(): Promise<unknown> {
          if (messages.length === 0) await once(heard, 'message')
          return messages.shift()
        },
        unheard: () => messages,
      }
      socket.say(message)
      expect(await socket.hear()).toEqual({ type: 'connection_ack' })
      return socket
    },
    /** What an upgrade request is answered with. */
    async upgradeStatus({ origin, path }: { origin?: string | undefined; path: string }): Promise<number | undefined> {
      const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, 'graphql-transport-ws', { ...(origin && { origin }) })
      return new Promise((resolve) => {
        ws.once('unexpected-response', (request, response) => {
          request.destroy()
          resolve(response.statusCode)
        })
        ws.once('upgrade', (response) => {
          resolve(response.statusCode)
          ws.on('open', () => ws.terminate())
        })
      })
    },
  }
}
