import type { RunningGateway } from '@tributary/gateway'
import { createStopStack } from '@tributary/runtime'
import type { TinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'
import { askSocket, countAsked, type HttpAnswer, send, sendRaw, startHostileGraph } from './hostileGraph.ts'

/** The rows of the project's table of threats that come by HTTP, by their ids there. */
const stack = createStopStack()
let graph: TinyGraph
let gateway: RunningGateway
/** The same graph, its schema told. */
let open: RunningGateway

beforeAll(async () => {
  const closed = await startHostileGraph(stack, { CORS_ORIGINS: 'https://app.example.com' })
  graph = closed.graph
  gateway = closed.gateway
  open = (await startHostileGraph(stack, { INTROSPECTION: '1' })).gateway
})
afterAll(() => stack.stop())
beforeEach(() => {
  graph.library.requests.length = 0
  graph.reviews.requests.length = 0
})
afterEach(async () => {
  expect((await fetch(`${gateway.url}healthz`)).status).toBe(200)
  expect(({} as Record<string, unknown>).admin).toBeUndefined()
})

/** What no body may say: where our code or our machines are. */
const leaks = /at .+:\d+:\d+|ECONN|127\.0\.0\.1|node_modules|\/gateway\/src/

describe('operations of a hostile shape are refused before a subgraph is asked, by HTTP and by WebSocket', () => {
  const levels = (count: number, open = '{ a ', close = ' }') => `${open.repeat(count)}{ a }${close.repeat(count)}`
  test.each<[string, string, string]>([
    ['Q1: 16 levels', levels(15), 'MAX_DEPTH_LIMIT'],
    ['Q2: 2,000 levels', levels(2_000), 'MAX_DEPTH_LIMIT'],
    [
      'Q2: a list in a list, 3,000 times',
      `{ echo(text: ${'['.repeat(3_000)}${']'.repeat(3_000)}) }`,
      'MAX_DEPTH_LIMIT',
    ],
    ['Q3: a field 501 times', `{ ${'__typename '.repeat(501)} }`, 'MAX_ROOT_FIELDS_LIMIT'],
    ['Q3: a field with a field, 1,000 times', `{ ${'a { b } '.repeat(1_000)} }`, 'MAX_TOKENS_LIMIT'],
    ['Q4: 101 aliases', `{ ${numbered(101, (at) => `alias${at}: __typename`)} }`, 'MAX_ALIASES_LIMIT'],
    ['Q5: 3,000 directives', `{ __typename ${'@aa '.repeat(3_000)} }`, 'MAX_TOKENS_LIMIT'],
    ['Q5: 51 directives', `{ __typename ${'@aa '.repeat(51)} }`, 'MAX_DIRECTIVES_LIMIT'],
    [
      'Q6: fragments in a circle',
      '{ book(isbn: "1") { ...A } } fragment A on Book { ...B } fragment B on Book { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'Q7: 2^30 selections',
      `{ book(isbn: "1") { ...F0 } } ${numbered(30, (at) => `fragment F${at} on Book { ...F${at + 1} ...F${at + 1} }`)} fragment F30 on Book { title }`,
      'MAX_SELECTIONS_LIMIT',
    ],
    ['Q11: introspection', '{ ...A } fragment A on Query { x: __schema { types { name } } }', 'INTROSPECTION_DISABLED'],
    ['Q11: of one type', '{ x: __type(name: "Book") { name } }', 'INTROSPECTION_DISABLED'],
  ])('%s', async (_what, query, code) => {
    for (const accept of ['application/graphql-response+json', 'application/json']) {
      const answer = await send(gateway, { body: JSON.stringify({ query }), headers: { accept } })
      expect(new Set(answer.codes)).toEqual(new Set([code]))
      const isInvalid = code === 'GRAPHQL_VALIDATION_FAILED' && accept === 'application/json'
      expect(answer.status).toBe(isInvalid ? 200 : 400)
      refused(answer)
    }
    expect(new Set(await askSocket(gateway, { query }))).toEqual(new Set([code]))
    expect(countAsked(graph)).toBe(0)
  })

  test('Q1: 15 levels, as the introspection of the usual tools has, are no hostile shape', async () => {
    const query = `{ __type(name: "Book") { ${levels(12, 'ofType { ', ' }').replace('{ a }', 'ofType { name }')} } }`
    const { getIntrospectionQuery } = await import('graphql')
    for (const text of [query, getIntrospectionQuery({ oneOf: true, directiveIsRepeatable: true })]) {
      const answer = await send(open, { body: JSON.stringify({ query: text }) })
      expect(JSON.parse(answer.text).errors).toBeUndefined()
      expect(answer.status).toBe(200)
    }
  })

  test('Q5: at most five of the errors of an operation are told', async () => {
    const query = `{ __typename ${'@aa '.repeat(10)} }`
    const answer = await send(gateway, { body: JSON.stringify({ query }) })
    expect([answer.status, answer.codes.length]).toEqual([400, 5])
    expect(await askSocket(gateway, { query })).toHaveLength(5)
  })

  test('Q12: nothing is suggested', async () => {
    const answer = await send(gateway, { body: '{"query":"{ bok(isbn: 1) { titel } }"}' })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('Did you mean')
  })

  test('Q14: variables of 10,000 levels', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const query = 'query ($t: String) { echo(text: $t) }'
    const answer = await send(gateway, { body: `{"query":${JSON.stringify(query)},"variables":{"t":${deep}}}` })
    expect([answer.status, answer.codes]).toEqual([400, ['BAD_USER_INPUT']])
    refused(answer)
    expect(countAsked(graph)).toBe(0)
  })
})

describe('requests of a hostile form are refused', () => {
  const big = JSON.stringify({ query: ' '.repeat(1_100_000) })
  test.each<[string, RequestInit & { path?: string; duplex?: 'half' }, number, string]>([
    [
      'Q10: a batch',
      { body: JSON.stringify(Array(10).fill({ query: '{ __typename }' })) },
      400,
      'BATCHING_NOT_ENABLED',
    ],
    ['Q10: an empty batch', { body: '[]' }, 400, 'BATCHING_NOT_ENABLED'],
    ['H1: 1.1 MB', { body: big }, 413, 'PAYLOAD_TOO_LARGE'],
    ['H1: 1.1 MB in chunks', { body: new Blob([big]).stream(), duplex: 'half' }, 413, 'PAYLOAD_TOO_LARGE'],
    ['H1: compressed', { body: 'x', headers: { 'content-encoding': 'gzip' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['H4: no UTF-8', { body: Buffer.from('{"query":"{a\xff}"}', 'latin1') }, 400, 'BAD_REQUEST'],
    ['H4: UTF-7', typed('application/json; charset=utf-7', '{}'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['H7: what a form sends: text', typed('text/plain', mutation()), 400, 'CSRF_ERROR'],
    ['H7: what a form sends: fields', typed('application/x-www-form-urlencoded', mutation()), 400, 'CSRF_ERROR'],
    ['H7: what a form sends: parts', typed('multipart/form-data; boundary=x', mutation()), 400, 'CSRF_ERROR'],
    ['H7: a link', { method: 'GET', path: '?query={__typename}' }, 400, 'CSRF_ERROR'],
    ['H7: a GET with text', { method: 'GET', path: '?query={__typename}', ...typed('text/plain') }, 400, 'CSRF_ERROR'],
    [
      'H8: a mutation by GET',
      {
        method: 'GET',
        path: `?query=${encodeURIComponent('mutation { shelve(isbn: "1") { isbn } }')}`,
        headers: { 'apollo-require-preflight': '1' },
      },
      405,
      'METHOD_NOT_ALLOWED',
    ],
  ])('%s', async (_what, init, status, code) => {
    const answer = await send(gateway, init)
    expect([answer.status, answer.codes]).toEqual([status, [code]])
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST')
    refused(answer)
    expect(countAsked(graph)).toBe(0)
  })

  test('H4: a byte order mark is none of that', async () => {
    expect((await send(gateway, { body: '\ufeff{"query":"{ __typename }"}' })).status).toBe(200)
  })

  test.each([
    '',
    '{',
    '}',
    '[',
    '{"query"}',
    '{"query":}',
    '{query:"{a}"}',
    "{'query':'{a}'}",
    '{"query":"{a}",}',
    '{"query":"{a}"}}',
    '{"query":"{a}"} x',
    '{"query":"{a}"}\0',
    '{"query":"{\u0000}"}',
    '{"query":"\\u00"}',
    '{"query":"\\x"}',
    '{"query":01}',
    '{"query":+1}',
    '{"query":NaN}',
    '{"query":.5}',
    '{"query":"{a}"/**/}',
    '{"query":tru}',
    '<a/>',
    '\u{feff}\u{feff}{}',
  ])('H5: no JSON: %j', async (body) => {
    const answer = await send(gateway, { body })
    expect([answer.status, answer.codes]).toEqual([400, ['BAD_REQUEST']])
    expect(JSON.parse(answer.text).errors[0].message).toBe('Invalid JSON: expected a body that parses')
  })

  test.each([
    'null',
    '1',
    '"x"',
    'true',
    '{}',
    '{"query":null}',
    '{"query":1}',
    '{"query":{}}',
    '{"query":["{a}"]}',
    '{"query":"{a}","variables":1}',
    '{"query":"{a}","variables":"{}"}',
    '{"query":"{a}","variables":[]}',
    '{"query":"{a}","operationName":1}',
    '{"query":"{a}","extensions":"x"}',
    '{"query":"{a}","extensions":[]}',
  ])('H5: JSON of another form: %j', async (body) => {
    const answer = await send(gateway, { body })
    expect([answer.status, answer.codes]).toEqual([400, ['BAD_REQUEST']])
    refused(answer)
  })

  test.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.com',
    'https://appXexample.com',
    'http://app.example.com',
  ])('H9: a page of %s may not read answers', async (origin) => {
    const answer = await send(gateway, { body: '{"query":"{ __typename }"}', headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toBe('origin')
  })

  const post = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  test.each([
    ['two lengths', `${post}Content-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two different lengths', `${post}Content-Length: 26\r\nContent-Length: 27\r\n\r\n`],
    ['an unknown encoding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['bare line feeds', 'POST /graphql HTTP/1.1\nHost: x\nContent-Length: 26\n\n{"query":"{ __typename }"}'],
    ['a folded header', `${post}X-A: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${post}Content-Length : 26\r\n\r\n{"query":"{ __typename }"}`],
    ['a chunk of no size', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`],
    ['NUL in a header', `${post}X-A: a\0b\r\nContent-Length: 26\r\n\r\n{"query":"{ __typename }"}`],
    ['a header past 16 KiB', `${post}Cookie: ${'x'.repeat(17_000)}\r\n\r\n`],
  ])('H10: %s', async (_what, text) => {
    expect(await sendRaw(gateway, text)).toMatch(/^HTTP\/1\.1 4(00|31) /)
    expect(countAsked(graph)).toBe(0)
  })
})

function refused({ text }: HttpAnswer): void {
  expect(JSON.parse(text)).not.toHaveProperty('data')
  expect(text).not.toMatch(leaks)
}

function numbered(count: number, write: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => write(at)).join(' ')
}

function mutation(): string {
  return JSON.stringify({ query: 'mutation { shelve(isbn: "1") { isbn } }' })
}

function typed(contentType: string, body?: string): RequestInit {
  return { headers: { 'content-type': contentType }, ...(body !== undefined && { body }) }
}
