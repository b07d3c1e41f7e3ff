import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { Writable } from 'node:stream'
import { createStopStack } from '@tributary/runtime'
import { type DevelopmentKeys, identityHeader, openDevelopmentKeys, verifyIdentity } from '@tributary/runtime/identity'
import { pino } from 'pino'
import { readGatewaySettings } from '../config.ts'
import { type RunningGateway, startGateway } from '../startGateway.ts'
import { silentLog, startTinyGraph, type TinyGraph } from '../tinyGraph.fixture.ts'

const secret = 'a secret of the test suite'
const stack = createStopStack()
let graph: TinyGraph
let keys: DevelopmentKeys
let gateway: RunningGateway
let dataDir: string
const lines: Record<string, unknown>[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/tributary-keys-`)
  keys = await openDevelopmentKeys(dataDir)
  graph = await startTinyGraph(stack)
  gateway = await start({})
})
afterAll(async () => {
  await stack.stop()
  await rm(dataDir, { recursive: true })
})
beforeEach(() => {
  graph.library.requests.length = 0
  graph.library.bodies.length = 0
  lines.length = 0
})

describe('who asks', () => {
  test('a token, made in another process, is told to subgraphs, signed; what a client says of itself is not', async () => {
    const { sign } = await openDevelopmentKeys(dataDir)
    const token = await sign({ userId: 'ada', scopes: ['users:read'] })
    const headers = { authorization: `Bearer ${token}`, [identityHeader]: 'forged.forged' }
    const response = await post({ query: '{ echo(text: "x") }' }, headers)
    expect(await response.json()).toEqual({ data: { echo: 'x' } })
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const [request] = graph.library.requests
    const [body = ''] = graph.library.bodies
    expect(verifyIdentity(String(request?.[identityHeader]), body, secret)).toMatchObject({
      kind: 'verified',
      identity: { userId: 'ada', scopes: ['users:read'] },
    })
    expect(String(request?.[identityHeader])).not.toContain('forged')
    expect(request).not.toHaveProperty('authorization')
  })

  test.each(['Bearer nonsense', 'Basic YTpi'])(
    'a bad token (%s) is 401, and no subgraph is asked',
    async (authorization) => {
      const response = await post({ query: '{ echo(text: "x") }' }, { authorization })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      expect(await codesOf(response)).toEqual(['UNAUTHENTICATED'])
      expect(graph.library.requests).toEqual([])
      expect(lines).toEqual([expect.objectContaining({ status: 401, errorCodes: ['UNAUTHENTICATED'] })])
    },
  )

  test('an expired token is 401', async () => {
    const token = await keys.sign({ userId: 'ada', expiresInS: 0 })
    const response = await post({ query: '{ __typename }' }, { authorization: `Bearer ${token}` })
    expect(response.status).toBe(401)
  })

  test('without a token a client is anonymous', async () => {
    expect(await (await post({ query: '{ echo(text: "x") }' })).json()).toEqual({ data: { echo: 'x' } })
  })
})

describe('GraphQL over HTTP', () => {
  test('a variable, an operation by its name, and the media type that is asked for', async () => {
    const query = 'query A { __typename } query B($t: String) { echo(text: $t) }'
    const body = { query, operationName: 'B', variables: { t: 'hi' } }
    const response = await post(body, { accept: 'application/graphql-response+json' })
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8')
    expect(await response.json()).toEqual({ data: { echo: 'hi' } })
    expect(lines).toEqual([
      expect.objectContaining({
        requestId: response.headers.get('x-request-id'),
        operationName: 'B',
        status: 200,
        durationMs: expect.any(Number),
      }),
    ])
    expect(graph.library.requests[0]?.['x-request-id']).toBe(response.headers.get('x-request-id'))
  })

  test.each<[string, object, string]>([
    ['text that is no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ nope }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ["a subgraph's own fields", { query: '{ _service { sdl } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a variable of a wrong type',
      { query: 'query ($t: String) { echo(text: $t) }', variables: { t: 1 } },
      'BAD_USER_INPUT',
    ],
    [
      'an operation that is not there',
      { query: 'query A { __typename }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('%s is 400, or 200 for who asks for application/json', async (_what, body, code) => {
    for (const [accept, status] of [
      ['application/graphql-response+json', 400],
      ['application/json', 200],
    ] as const) {
      const response = await post(body, { accept })
      expect(response.status).toBe(status)
      const answer = await response.json()
      expect(answer).not.toHaveProperty('data')
      expect(answer.errors[0].extensions).toEqual({ code })
      expect(lines.at(-1)).toMatchObject({ status, errorCodes: [code] })
    }
  })

  test.each<[string, RequestInit, number, string]>([
    ['no JSON', { body: '{"query":' }, 400, 'BAD_REQUEST'],
    ['no object', { body: '"x"' }, 400, 'BAD_REQUEST'],
    ['no query', { body: '{"x":1}' }, 400, 'BAD_REQUEST'],
    ['variables that are no object', { body: '{"query":"{__typename}","variables":[1]}' }, 400, 'BAD_REQUEST'],
    ['a batch', { body: '[{"query":"{__typename}"}]' }, 400, 'BATCHING_NOT_ENABLED'],
    ['bytes that are no UTF-8', { body: Buffer.from('{"query":"{ a\xff }"}', 'latin1') }, 400, 'BAD_REQUEST'],
    ['too many bytes', { body: JSON.stringify({ query: ' '.repeat(1_100_000) }) }, 413, 'PAYLOAD_TOO_LARGE'],
    ['far too many bytes', { body: JSON.stringify({ query: ' '.repeat(8_000_000) }) }, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'too many tokens',
      { body: JSON.stringify({ query: `{${' __typename'.repeat(2_001)}}` }) },
      400,
      'MAX_TOKENS_LIMIT',
    ],
    ['too deep', { body: JSON.stringify({ query: '{a'.repeat(900) }) }, 400, 'MAX_DEPTH_LIMIT'],
    ['XML', { body: '<a/>', headers: { 'content-type': 'application/xml' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      { body: '{}', headers: { 'content-type': 'application/json; charset=utf-7' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a compressed body', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['what a form sends', { body: 'query={__typename}', headers: { 'content-type': 'text/plain' } }, 400, 'CSRF_ERROR'],
    [
      'nothing that it accepts',
      { body: '{"query":"{__typename}"}', headers: { accept: 'text/csv' } },
      406,
      'NOT_ACCEPTABLE',
    ],
    ['PUT', { method: 'PUT', body: '{}' }, 405, 'METHOD_NOT_ALLOWED'],
    ['a subscription', { body: '{"query":"subscription { a }"}' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s is refused', async (_what, init, status, code) => {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...init.headers },
    })
    expect(response.status).toBe(status)
    expect(await codesOf(response)).toEqual([code])
  })

  test('GET answers queries of clients that are no forms, and no mutations', async () => {
    const url = (query: string) => `${gateway.graphqlUrl}?${new URLSearchParams({ query })}`
    const headers = { 'apollo-require-preflight': '1' }
    expect(await (await fetch(url('{ echo(text: "x") }'), { headers })).json()).toEqual({ data: { echo: 'x' } })
    const forged = await fetch(url('{ __typename }'))
    expect([forged.status, await codesOf(forged)]).toEqual([400, ['CSRF_ERROR']])
    const mutation = await fetch(url('mutation { shelve(isbn: "1") { isbn } }'), { headers })
    expect([mutation.status, mutation.headers.get('allow'), await codesOf(mutation)]).toEqual([
      405,
      'POST',
      ['METHOD_NOT_ALLOWED'],
    ])
    expect(graph.library.requests).toHaveLength(1)
  })

  test('a persisted query is asked for once, and taken only for its own hash', async () => {
    const query = '{ echo(text: "persisted") }'
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } }
    expect(await codesOf(await post({ extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
    expect((await post({ query: '{ __typename }', extensions })).status).toBe(400)
    expect(await (await post({ query, extensions })).json()).toEqual({ data: { echo: 'persisted' } })
    expect(await (await post({ extensions })).json()).toEqual({ data: { echo: 'persisted' } })
  })

  test('names of JavaScript are names like others', async () => {
    const query = 'query ($__proto__: String) { __proto__: echo(text: $__proto__) constructor: echo(text: "c") }'
    const response = await post(`{"query":${JSON.stringify(query)},"variables":{"__proto__":"p"}}`)
    expect(await response.text()).toBe('{"data":{"__proto__":"p","constructor":"c"}}\n')
  })

  test('a client that leaves ends what runs for it', async () => {
    const left = new AbortController()
    let letGo = () => {}
    graph.library.hold(new Promise<void>((resolve) => (letGo = resolve)))
    const asked = post({ query: '{ echo(text: "x") }' }, {}, left.signal)
    while (graph.library.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    left.abort()
    await expect(asked).rejects.toThrow()
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(lines[0]).toMatchObject({ status: 499 })
    letGo()
  })

  test('an operation that takes too long is 504', async () => {
    const hasty = await start({ OPERATION_TIMEOUT_MS: '50' })
    let letGo = () => {}
    graph.library.hold(new Promise<void>((resolve) => (letGo = resolve)))
    const response = await fetch(hasty.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ echo(text: \\"x\\") }"}',
    })
    letGo()
    expect(response.status).toBe(504)
    expect(await codesOf(response)).toEqual(['GATEWAY_TIMEOUT'])
  })

  test('in production nobody reads the schema, not even by its suggestions', async () => {
    const closed = await start({ NODE_ENV: 'production' })
    const ask = (query: string) =>
      fetch(closed.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
    for (const query of ['{ __schema { types { name } } }', '{ x: __type(name: "Book") { name } }']) {
      expect(await codesOf(await ask(query))).toEqual(['INTROSPECTION_DISABLED'])
    }
    expect(await (await ask('{ bok(isbn: 1) { isbn } }')).text()).not.toContain('Did you mean')
    for (const path of ['', 'sandbox']) {
      expect((await fetch(`${closed.url}${path}`, { headers: { accept: 'text/html' } })).status).toBe(404)
    }
  })
})

describe('browsers', () => {
  test('pages of listed origins may read answers, others not', async () => {
    const listed = ['https://studio.apollographql.com', 'https://app.example.com']
    for (const origin of listed) {
      const headers = { origin, 'access-control-request-headers': 'content-type,authorization' }
      const preflight = await fetch(gateway.graphqlUrl, { method: 'OPTIONS', headers })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
      expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type,authorization')
      const response = await post({ query: '{ __typename }' }, { origin })
      expect(response.headers.get('access-control-allow-origin')).toBe(origin)
      expect(response.headers.get('vary')).toBe('origin')
    }
    for (const origin of [
      'https://evil.example',
      'null',
      'https://app.example.com.evil.com',
      'https://appXexample.com',
    ]) {
      const response = await post({ query: '{ __typename }' }, { origin })
      expect(response.headers.has('access-control-allow-origin')).toBe(false)
      expect(response.headers.get('vary')).toBe('origin')
    }
  })

  test('GraphiQL is one page, with the examples in it, compressed and not sent twice', async () => {
    const response = await fetch(gateway.url, { headers: { accept: 'text/html,*/*' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    const page = await response.text()
    expect(page).toContain('{ echo(text: \\"\\u003c/script>\\") }')
    const etag = response.headers.get('etag') ?? ''
    const again = await fetch(gateway.url, { headers: { accept: 'text/html', 'if-none-match': etag } })
    expect(again.status).toBe(304)
    const plain = await fetch(gateway.url, { headers: { accept: 'text/html', 'accept-encoding': 'identity' } })
    expect(await plain.text()).toBe(page)
  })

  test('Sandbox is a page; what is no browser is told where the graph is', async () => {
    const sandbox = await fetch(`${gateway.url}sandbox`, { headers: { accept: 'text/html' } })
    expect(await sandbox.text()).toContain('EmbeddedSandbox')
    expect((await fetch(gateway.url)).status).toBe(404)
    expect((await fetch(`${gateway.url}nowhere`)).status).toBe(404)
  })
})

describe('health', () => {
  test('a process that answers is healthy, and ready with a subgraph away, which it tells', async () => {
    expect(await (await fetch(`${gateway.url}healthz`)).json()).toEqual({ status: 'healthy' })
    expect(await (await fetch(`${gateway.url}readyz`)).json()).toMatchObject({
      status: 'healthy',
      subgraphs: { library: { status: 'healthy' }, reviews: { status: 'healthy' } },
    })
    const half = await startHalf()
    const response = await fetch(`${half.url}readyz`)
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      status: 'degraded',
      subgraphs: { library: { status: 'healthy' }, reviews: { status: 'unreachable', code: 'SUBREQUEST_HTTP_ERROR' } },
    })
    expect(text).not.toContain('127.0.0.1')
  })

  test('what is no HTTP is refused, and the gateway goes on', async () => {
    for (const text of [
      'nonsense\r\n\r\n',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(17_000)}\r\n\r\n`,
    ]) {
      const socket = connect(gateway.port, '127.0.0.1')
      socket.write(text)
      const [answer] = await once(socket, 'data')
      expect(String(answer)).toMatch(/^HTTP\/1.1 4(00|31) /)
      socket.destroy()
    }
    expect((await fetch(`${gateway.url}healthz`)).status).toBe(200)
  })
})

/** With live subgraphs, of which one is gone when it has been composed. */
async function startHalf(): Promise<RunningGateway> {
  const own = await startTinyGraph(stack)
  const settings = readGatewaySettings({ PORT: '0', SUPERGRAPH_POLL_MS: '0' })
  const subgraphs = new Map(Object.entries(own).map(([name, { url }]) => [name, url]))
  const half = stack.add(await startGateway({ settings, subgraphs, log: silentLog }))
  await own.reviews.stop()
  return half
}

async function start(env: Record<string, string>): Promise<RunningGateway> {
  const settings = readGatewaySettings({
    PORT: '0',
    CORS_ORIGINS: 'https://app.example.com',
    SUBGRAPHS: `library=${graph.library.url},reviews=${graph.reviews.url}`,
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
  const explorer = [{ query: '{ echo(text: "</script>") }', headers: { Authorization: 'Bearer x' } }]
  return stack.add(await startGateway({ settings, secret, jwks: keys.jwks, explorer, log }))
}

function post(body: object | string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  })
}

async function codesOf(response: Response): Promise<unknown[]> {
  const { errors } = await response.json()
  return errors.map((error: { extensions: { code: string } }) => error.extensions.code)
}
