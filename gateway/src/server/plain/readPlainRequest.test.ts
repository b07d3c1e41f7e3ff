import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { createStopStack, drainServer, listen } from '@tributary/runtime'
import fc from 'fast-check'
import { createReadPlainRequest } from './readPlainRequest.ts'

const read = createReadPlainRequest(1_000)
const stack = createStopStack()
let ask: (bytes: Buffer) => Promise<NodesReading>

/** What node:http makes of the same bytes. */
type NodesReading = { headers: IncomingHttpHeaders; body: string } | 'refused'

beforeAll(async () => {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url, headers } = request
    const body = Buffer.concat(chunks).toString('latin1')
    response.setHeader('connection', 'close')
    response.end(JSON.stringify({ method, url, headers, body }))
  })
  stack.add(drainServer(server))
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  ask = async (bytes) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.end(bytes)
    await once(socket, 'close')
    const answer = Buffer.concat(chunks).toString()
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
    return answer.startsWith('HTTP/1.1 200') ? JSON.parse(body) : 'refused'
  }
})
afterAll(() => stack.stop())

const line = 'POST /graphql HTTP/1.1\r\n'

function requestOf(headers: readonly string[], body = '{}'): Buffer {
  const all = ['Host: a', `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return Buffer.from(`${line}${all.map((one) => `${one}\r\n`).join('')}\r\n${body}`, 'latin1')
}

test('reads names in lower case, values without blanks around them, and the body', () => {
  const bytes = requestOf(['Content-Type:application/json', 'X-Odd: \t a\tb \xe9 \t', 'x-empty:', 'x-blank: \t '])
  expect(read(bytes)).toEqual({
    kind: 'request',
    headers: {
      host: 'a',
      'content-length': '2',
      'content-type': 'application/json',
      'x-odd': 'a\tb \xe9',
      'x-empty': '',
      'x-blank': '',
    },
    body: Buffer.from('{}'),
    end: bytes.length,
  })
})

test('wherever it is cut, what has come is a part, and tells how long the whole is once its head is there', () => {
  const bytes = requestOf(['accept: */*'], '{"query":"{ a }"}')
  const headBytes = bytes.indexOf('\r\n\r\n') + 4
  for (let length = 0; length < bytes.length; length++) {
    const neededBytes = length < headBytes ? 0 : bytes.length
    expect(read(bytes.subarray(0, length))).toEqual({ kind: 'partial', neededBytes })
  }
  const next = Buffer.concat([bytes, bytes.subarray(0, 9)])
  expect(read(next)).toMatchObject({ kind: 'request', end: bytes.length })
})

test.each<[string, string | Buffer]>([
  ['another method', 'GET /graphql HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['another path', 'POST /graphql/ HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n'],
  ['a search', 'POST /graphql?x=1 HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n'],
  ['HTTP/1.0', 'POST /graphql HTTP/1.0\r\nHost: a\r\ncontent-length: 0\r\n\r\n'],
  ['an empty line first', `\r\n${line}Host: a\r\ncontent-length: 0\r\n\r\n`],
  ['no headers', `${line}\r\n`],
  ['no length', `${line}Host: a\r\n\r\n`],
  ['no host', `${line}content-length: 0\r\n\r\n`],
  ['lines that end with a line feed', `${line}Host: a\ncontent-length: 0\r\n\r\n`],
  ['a head without an end', Buffer.from(`${line}${'a: b\r\n'.repeat(3_000)}`)],
  ['a head that is too long', requestOf([`x: ${'x'.repeat(17_000)}`])],
  ['more headers than node takes', requestOf(Array.from({ length: 99 }, (_, at) => `x-${at}: a`))],
  ['a length twice', requestOf(['content-length: 2'])],
  ['another length', requestOf(['Content-length: 3'])],
  ['a coding', requestOf(['transfer-encoding: chunked'])],
  ['a coding that is none', requestOf(['Transfer-Encoding: identity'])],
  ['a header twice', requestOf(['x-a: 1', 'X-A: 2'])],
  ['a folded line', requestOf(['x-a: 1', ' 2'])],
  ['a blank before the colon', requestOf(['x-a : 1'])],
  ['a line without a colon', requestOf(['x-a'])],
  ['no name', requestOf([': 1'])],
  ['a carriage return in a value', requestOf(['x-a: 1\r2'])],
  ['a zero in a value', requestOf(['x-a: 1\u00002'])],
  ['a zero in a name', requestOf(['x\u0000a: 1'])],
  ['a name that every object has', requestOf(['constructor: 1'])],
  ['the name of the prototype', requestOf(['__proto__: 1'])],
  ['expect', requestOf(['expect: 100-continue'])],
  ['upgrade', requestOf(['connection: upgrade', 'upgrade: websocket'])],
  ['connection: close', requestOf(['connection: close'])],
  ['a list of connection options', requestOf(['connection: keep-alive, x-a'])],
  ['who takes an event stream', requestOf(['accept: application/json, text/event-stream'])],
  ['who takes parts', requestOf(['accept: multipart/mixed;deferSpec=20220824, application/json'])],
  ['a body that is too large', requestOf([], 'x'.repeat(1_001))],
])('%s is not plain', (_what, bytes) => {
  expect(read(Buffer.from(bytes))).toEqual({ kind: 'other' })
})

test.each(['-1', '+1', '0x2', '2 2', '2, 2', '', '1e1', '9999999999'])(
  'a content-length of "%s" is not plain',
  (length) => {
    expect(read(Buffer.from(`${line}Host: a\r\nContent-Length: ${length}\r\n\r\n{}`))).toEqual({ kind: 'other' })
  },
)

test('what is plain is what node:http reads, whatever bytes come', async () => {
  const name = fc.constantFrom('x-a', 'X-B', 'accept', 'content-type', 'connection', 'Host', 'te', 'x_c', 'a b', '')
  const value = fc.stringMatching(/^[\t -~\x80-\xff]{0,12}$/)
  const header = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, value).map(([one, other]) => `${one}: ${other}`) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary' }) },
  )
  const damage = fc.option(fc.record({ at: fc.nat(200), byte: fc.nat(255) }), { freq: 2, nil: undefined })
  let plain = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(header, { maxLength: 5 }),
      fc.string({ maxLength: 30 }),
      damage,
      async (headers, body, hit) => {
        const bytes = requestOf(headers, body)
        if (hit && hit.at < bytes.length) bytes[hit.at] = hit.byte
        const ours = read(bytes)
        if (ours.kind !== 'request') return
        plain++
        const nodes = await ask(bytes.subarray(0, ours.end))
        expect({ headers: ours.headers, body: ours.body.toString('latin1') }).toEqual(
          nodes === 'refused' ? nodes : { headers: nodes.headers, body: nodes.body },
        )
      },
    ),
    { numRuns: 1_000 },
  )
  expect(plain).toBeGreaterThan(50)
})
