import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { createLog, createStopStack, listen, type StopStack } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import type { RequestContext } from '../executor/RequestContext.ts'
import { startTickingSubgraph, type TickingSubgraph, tickingSecret } from '../tickingSubgraph.fixture.ts'
import { createUpstreams, type StreamProtocol } from './createUpstreams.ts'
import type { UpstreamEvent, UpstreamStream } from './Upstream.ts'
import type { UpstreamLimits } from './UpstreamLimits.ts'

const log = createLog({ service: 'test', level: 'silent' })
const local = { port: 0, host: '127.0.0.1', setting: 'PORT' }

let running: StopStack
let subgraph: TickingSubgraph
beforeEach(async () => {
  running = createStopStack()
  subgraph = running.add(await startTickingSubgraph({}))
})
afterEach(() => running.stop())

/** What every protocol owes to the Upstream interface, against a server that speaks it. */
describe.each<StreamProtocol>(['ws', 'sse', 'callback'])('subscribing at a subgraph that speaks %s', (protocol) => {
  test('events come in order, then completion', async () => {
    const upstream = await open()
    const stream = upstream.subscribe(ask('subscription { tick(count: 50) }'))
    expect(await all(stream)).toEqual([
      ...Array.from({ length: 50 }, (_, n) => ({ kind: 'event', result: { data: { tick: n + 1 } } })),
      { kind: 'complete' },
    ])
    expect(await stream.next()).toEqual({ kind: 'complete' })
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('a snapshot comes first, and what changes while it is read behind it', async () => {
    for (const status of ['QUEUED', 'RUNNING']) subgraph.change({ status })
    const upstream = await open()
    const stream = upstream.subscribe(ask('subscription { changes(after: 1) { seq status } }'))
    await subgraph.running(1)
    subgraph.change({ status: 'SUCCEEDED' })
    subgraph.complete()
    expect(await all(stream)).toEqual([
      { kind: 'event', result: { data: { changes: { seq: 2, status: 'RUNNING' } } } },
      { kind: 'event', result: { data: { changes: { seq: 3, status: 'SUCCEEDED' } } } },
      { kind: 'complete' },
    ])
  })

  test('what the subgraph refuses is a failure with its error, not a completion', async () => {
    const upstream = await open()
    for (const [query, code] of [
      ['subscription { refused }', 'NOT_FOUND'],
      // Apollo Server says it twice at once, with a code and without.
      ['subscription { missing }', expect.stringMatching(/^(GRAPHQL_VALIDATION_FAILED|DOWNSTREAM_SERVICE_ERROR)$/)],
    ]) {
      const [end, ...more] = await all(upstream.subscribe(ask(String(query))))
      expect(end).toMatchObject({ kind: 'failed', error: { extensions: { code, service: 'ticking' } } })
      expect(more).toEqual([])
    }
    expect(upstream.counts().streams).toBe(0)
  })

  test('a lost subgraph is a loss, not a completion, and the next stream begins anew', async () => {
    const upstream = await open()
    const streams = [1, 2].map(() => upstream.subscribe(ask('subscription { tick(count: 1, thenWait: true) }')))
    for (const stream of streams) expect(await stream.next()).toMatchObject({ kind: 'event' })
    subgraph.crash()
    for (const stream of streams) {
      expect(await stream.next()).toMatchObject({
        kind: 'failed',
        error: { extensions: { code: 'SUBGRAPH_STREAM_LOST', service: 'ticking' } },
      })
    }
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    const next = upstream.subscribe(ask('subscription { tick(count: 1) }'))
    expect(await all(next)).toMatchObject([{ kind: 'event' }, { kind: 'complete' }])
  })

  test('who leaves frees both sides, at any time, and a waiting read ends', async () => {
    const upstream = await open()
    const streams = [1, 2, 3].map(() => upstream.subscribe(ask('subscription { tick(count: 0, thenWait: true) }')))
    const waiting = streams[0]?.next()
    await subgraph.running(3)
    expect(upstream.counts().streams).toBe(3)
    for (const [n, stream] of streams.entries()) {
      stream.stop()
      stream.stop()
      expect(upstream.counts().streams).toBe(2 - n)
      await subgraph.running(2 - n)
    }
    expect(await waiting).toEqual({ kind: 'complete' })
    upstream.subscribe(ask('subscription { tick(count: 0, thenWait: true) }')).stop()
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
    await subgraph.running(0)
  })

  test('who asks is said with each, signed', async () => {
    const upstream = await open()
    for (const userId of ['ada', 'bob']) {
      await all(upstream.subscribe(ask('subscription { tick(count: 1) }', userId)))
    }
    await all(upstream.subscribe(ask('subscription { tick(count: 1) }', null)))
    expect(subgraph.identities).toMatchObject([
      { kind: 'verified', identity: { userId: 'ada', scopes: ['users:read'] } },
      { kind: 'verified', identity: { userId: 'bob' } },
      { kind: 'verified', identity: undefined },
    ])
  })

  test('what nobody reads is bounded: the stream fails behind the events that fitted, the subgraph is left, others go on', async () => {
    const upstream = await open({ maxBufferedEvents: 3 })
    const other = upstream.subscribe(ask('subscription { tick(count: 1, thenWait: true) }'))
    expect(await other.next()).toMatchObject({ kind: 'event' })
    const slow = upstream.subscribe(ask('subscription { tick(count: 100, thenWait: true) }'))
    await subgraph.running(2)
    await subgraph.running(1)
    expect((await all(slow)).map(kindOf)).toEqual(['event', 'event', 'event', 'SUBGRAPH_STREAM_LOST'])
    expect(upstream.counts().streams).toBe(1)
    other.stop()
  })

  test('progress that nobody reads gives way to newer, and says how much it skipped; states are all told', async () => {
    const upstream = await open({ maxBufferedEvents: 4 })
    const stream = upstream.subscribe(ask('subscription { changes { seq status progress skipped } }'))
    await subgraph.running(1)
    for (let n = 1; n <= 60; n++) subgraph.change({ status: n <= 30 ? 'RUNNING' : 'FINISHING', progress: n / 60 })
    subgraph.change({ status: 'SUCCEEDED' })
    subgraph.complete()
    while (upstream.counts().streams > 0) await new Promise((resolve) => setImmediate(resolve))
    const events = await all(stream)
    expect(events).toMatchObject([
      { result: { data: { changes: { seq: 30, status: 'RUNNING', skipped: 29 } } } },
      { result: { data: { changes: { seq: 60, status: 'FINISHING', skipped: 29 } } } },
      { result: { data: { changes: { seq: 61, status: 'SUCCEEDED', skipped: 0 } } } },
      { kind: 'complete' },
    ])
  })

  test('an event larger than the bound is a typed failure, which would not help to try again', async () => {
    const upstream = await open({ maxMessageBytes: 10_000 })
    const fits = upstream.subscribe(ask('subscription { big(bytes: 9000) }'))
    expect(await fits.next()).toMatchObject({ kind: 'event' })
    fits.stop()
    const tooLarge = upstream.subscribe(ask('subscription { big(bytes: 10001) }'))
    expect((await all(tooLarge)).map(kindOf)).toEqual(['SUBREQUEST_RESPONSE_TOO_LARGE'])
    expect(upstream.counts().streams).toBe(0)
    await subgraph.running(0)
  })

  test.each([
    ['HTML', 200, 'text/html', '<html>127.0.0.1</html>'],
    ['HTML with 500', 500, 'text/html', '<html>127.0.0.1</html>'],
    ['JSON that is no answer', 200, 'application/json', '[]'],
    ['half an answer', 200, 'application/json', '{"data":'],
    ['a plain answer', 200, 'application/json', '{"data":{"tick":null}}'],
    ['a redirection', 302, 'text/html', ''],
  ])('a subgraph that answers %s is a typed failure that names no place', async (_, status, contentType, body) => {
    const upstream = await open({}, await startPlain(status, contentType, body))
    const end = await upstream.subscribe(ask('subscription { tick(count: 1) }')).next()
    const isHttp = protocol === 'ws' || status >= 300
    const code = isHttp ? 'SUBREQUEST_HTTP_ERROR' : 'SUBREQUEST_MALFORMED_RESPONSE'
    expect(kindOf(end)).toBe(code)
    expect(JSON.stringify(end)).not.toMatch(/127\.0\.0\.1|html/)
    expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('one that is not there, and one that never answers, are too', async () => {
    const absent = await open({}, 'http://127.0.0.1:1/graphql')
    expect(kindOf(await absent.subscribe(ask('subscription { tick(count: 1) }')).next())).toBe('SUBREQUEST_HTTP_ERROR')
    const mute = await open({ connectTimeoutMs: 100 }, await startPlain())
    expect(kindOf(await mute.subscribe(ask('subscription { tick(count: 1) }')).next())).toBe('SUBGRAPH_REQUEST_TIMEOUT')
    const unknown = mute.subscribe({ ...ask('subscription { tick(count: 1) }'), subgraph: 'unknown' })
    expect(kindOf(await unknown.next())).toBe('SUBREQUEST_HTTP_ERROR')
    expect(mute.counts()).toEqual({ sockets: 0, streams: 0 })
  })

  test('stopping fails what is open, and nothing opens afterwards', async () => {
    const upstream = await open()
    const stream = upstream.subscribe(ask('subscription { tick(count: 1, thenWait: true) }'))
    await stream.next()
    await upstream.stop()
    expect((await all(stream)).map(kindOf)).toEqual(['SUBGRAPH_STREAM_LOST'])
    const after = upstream.subscribe(ask('subscription { tick(count: 1) }'))
    expect(kindOf(await after.next())).toBe('SUBREQUEST_HTTP_ERROR')
    await subgraph.running(0)
  })

  /** The upstream, with a server that is called back. */
  async function open(limits: Partial<UpstreamLimits> = {}, url = subgraph.url) {
    let port = 0
    const upstream = running.add(
      createUpstreams({
        subgraphs: (name) => (name === 'ticking' ? { url } : undefined),
        protocolOf: () => protocol,
        callbackUrl: () => `http://127.0.0.1:${port}/callback`,
        secret: tickingSecret,
        log,
        limits: { pingIntervalMs: 400, ...limits },
      }),
    )
    const server = createServer((request, response) => {
      void upstream.receive(request, response, String(request.url).replace('/callback/', ''))
    })
    port = await listen(server, local)
    running.add({
      async stop() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return upstream
  }
})

function ask(query: string, userId: string | null = 'ada') {
  return { subgraph: 'ticking', query, variables: {}, context: context(userId === null ? undefined : identity(userId)) }
}

function context(who: Identity | undefined): RequestContext {
  return { requestId: 'test', identity: who, headers: {}, signal: new AbortController().signal }
}

function identity(userId: string): Identity {
  return { userId, scopes: ['users:read'], expiresAtMs: Date.now() + 60_000 }
}

async function all(stream: UpstreamStream): Promise<UpstreamEvent[]> {
  const events: UpstreamEvent[] = []
  for (;;) {
    const event = await stream.next()
    events.push(event)
    if (event.kind !== 'event') return events
  }
}

/** A failure by its code. */
function kindOf(event: UpstreamEvent): unknown {
  return event.kind === 'failed' ? event.error.extensions.code : event.kind
}

/** A server that answers everything so, or never. */
async function startPlain(status?: number, contentType = '', body = ''): Promise<string> {
  const server = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status, { 'content-type': contentType, location: '/' }).end(body)
  })
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (_, socket) => {
    upgraded.add(socket)
    if (status !== undefined) socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
  const port = await listen(server, local)
  running.add({
    async stop() {
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return `http://127.0.0.1:${port}/graphql`
}
