import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { createLog, createStopStack, listen, type StopStack } from '@tributary/runtime'
import { createCallbackUpstream } from './callbackUpstream.ts'

const log = createLog({ service: 'test', level: 'silent' })

/** What a subgraph is told of a subscription. */
type Asked = { callbackUrl: string; subscriptionId: string; verifier: string; heartbeatIntervalMs: number }

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

test('messages are taken in the order in which they come, however long their bodies take', async () => {
  const { asked, stream, say, gateway } = await open()
  const first = await say({ action: 'check' })
  expect([first.status, first.headers.get('subscription-protocol')]).toEqual([204, 'callback/1.0'])
  const slow = httpRequest(asked.callbackUrl, { method: 'POST' })
  const text = JSON.stringify({ ...sayingOf(asked), action: 'next', payload: { data: { tick: 1 } } })
  const came = once(gateway, 'request')
  slow.write(text.slice(0, 10))
  await came
  const others = []
  for (const tick of [2, 3]) {
    const cameToo = once(gateway, 'request')
    others.push(say({ action: 'next', payload: { data: { tick } } }))
    await cameToo
  }
  slow.end(text.slice(10))
  for (const other of others) expect((await other).status).toBe(204)
  expect((await say({ action: 'complete' })).status).toBe(204)
  for (const tick of [1, 2, 3]) expect(await stream.next()).toEqual({ kind: 'event', result: { data: { tick } } })
  expect(await stream.next()).toEqual({ kind: 'complete' })
  // Nothing is taken any more.
  expect((await say({ action: 'next', payload: { data: { tick: 4 } } })).status).toBe(404)
})

test('only who was asked is heard: ids and verifiers are of one subscription, and not guessed', async () => {
  const { asked, stream, say, upstream } = await open()
  const other = await open()
  await say({ action: 'check' })
  const next = { action: 'next', payload: { data: { tick: 1 } } }
  expect((await say({ ...next, verifier: 'x'.repeat(asked.verifier.length) })).status).toBe(404)
  expect((await say({ ...next, verifier: other.asked.verifier })).status).toBe(404)
  expect((await say({ ...next, verifier: undefined })).status).toBe(404)
  expect((await say({ ...next, id: other.asked.subscriptionId })).status).toBe(400)
  expect((await fetch(`${asked.callbackUrl}x`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(asked.callbackUrl)).status).toBe(405)
  for (const body of [
    '',
    '{',
    '[]',
    '{"kind":"subscription"}',
    JSON.stringify({ ...sayingOf(asked), action: 'dance' }),
  ]) {
    expect((await fetch(asked.callbackUrl, { method: 'POST', body })).status).toBe(400)
  }
  expect(upstream.counts().streams).toBe(1)
  await say({ ...next, payload: { data: { tick: 7 } } })
  expect(await stream.next()).toEqual({ kind: 'event', result: { data: { tick: 7 } } })
})

test.each([
  ['a payload that is no result', { action: 'next', payload: [] }, 'SUBREQUEST_MALFORMED_RESPONSE'],
  [
    'an error at its end',
    { action: 'complete', errors: [{ message: 'No', extensions: { code: 'FORBIDDEN' } }] },
    'FORBIDDEN',
  ],
  ['too much', { action: 'next', payload: { data: { tick: 'x'.repeat(2_000) } } }, 'SUBREQUEST_RESPONSE_TOO_LARGE'],
])('%s is a failure, and the subgraph is told to end', async (_, message, code) => {
  const { stream, say } = await open()
  await say({ action: 'check' })
  await say(message)
  expect(await stream.next()).toMatchObject({ kind: 'failed', error: { extensions: { code, service: 'ticking' } } })
  expect((await say({ action: 'check' })).status).toBe(404)
})

test('a subgraph that accepts without calling is not there, one that stops calling is lost', async () => {
  const silent = await open({ connectTimeoutMs: 1_000 })
  expect(await silent.stream.next()).toMatchObject({ error: { extensions: { code: 'SUBGRAPH_REQUEST_TIMEOUT' } } })
  const { stream, say, asked } = await open({ pingIntervalMs: 100 })
  expect(asked.heartbeatIntervalMs).toBe(100)
  await say({ action: 'check' })
  expect(await stream.next()).toMatchObject({ error: { extensions: { code: 'SUBGRAPH_STREAM_LOST' } } })
})

/** A subscription at a subgraph that accepts, and says what the test says. */
async function open(limits: { connectTimeoutMs?: number; pingIntervalMs?: number } = {}) {
  let hear: (asked: Asked) => void = () => {}
  const heard = new Promise<Asked>((resolve) => {
    hear = resolve
  })
  const subgraph = await start(async (request, response) => {
    // The upstream has written it.
    const body = (await json(request)) as { extensions: { subscription: Asked } }
    hear(body.extensions.subscription)
    response.end('{"data":null}')
  })
  const gateway = await start((request, response) => {
    void upstream.receive(request, response, String(request.url).slice('/callback/'.length))
  })
  const upstream = running.add(
    createCallbackUpstream({
      subgraphs: () => ({ url: subgraph.url }),
      callbackUrl: () => `${gateway.url}callback`,
      log,
      limits: { maxMessageBytes: 1_000, ...limits },
    }),
  )
  const context = { requestId: 'test', identity: undefined, headers: {}, signal: new AbortController().signal }
  const stream = upstream.subscribe({
    subgraph: 'ticking',
    query: 'subscription { tick }',
    variables: {},
    context,
  })
  const asked = await heard
  return {
    asked,
    stream,
    upstream,
    gateway: gateway.server,
    say: (message: object) =>
      fetch(asked.callbackUrl, { method: 'POST', body: JSON.stringify({ ...sayingOf(asked), ...message }) }),
  }
}

function sayingOf({ subscriptionId: id, verifier }: Asked) {
  return { kind: 'subscription', id, verifier }
}

async function start(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener)
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return { server, url: `http://127.0.0.1:${port}/` }
}
