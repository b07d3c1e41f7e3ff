import { AnswerReader, type ReadState } from './AnswerReader.ts'

const body = '{"data":{"name":"Zoë 😀"}}'
const bytes = Buffer.byteLength(body)
const start = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const cut = 9

const answers: [string, string, { status?: number; body?: Buffer; keepAliveMs?: number | undefined }][] = [
  ['a length', `${start}Content-Length: ${bytes}\r\n\r\n${body}`, {}],
  ['ASCII', `${start}content-length:2\r\n\r\n{}`, { body: Buffer.from('{}') }],
  ['nothing', `${start}Content-Length: 0\r\n\r\n`, { body: Buffer.alloc(0) }],
  ['no body by its status', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: Buffer.alloc(0) }],
  ['no reason', `HTTP/1.1 503\r\nContent-Length: 1\r\n\r\nx`, { status: 503, body: Buffer.from('x') }],
  [
    'an interim answer first',
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${start}Content-Length: ${bytes}\r\n\r\n${body}`,
    {},
  ],
  [
    'chunks, with extensions and a trailer',
    `${start}Transfer-Encoding: chunked\r\n\r\n${cut.toString(16)};x=1\r\n${body.slice(0, cut)}\r\n${(bytes - cut).toString(16).toUpperCase()}\r\n${body.slice(cut)}\r\n0\r\nExpires: never\r\n\r\n`,
    {},
  ],
  [
    'how long it is kept',
    `${start}Keep-Alive: timeout=65\r\nContent-Length: 2\r\n\r\n{}`,
    { body: Buffer.from('{}'), keepAliveMs: 64_000 },
  ],
  [
    'that it is not kept',
    `${start}Connection: close\r\nContent-Length: 2\r\n\r\n{}`,
    { body: Buffer.from('{}'), keepAliveMs: undefined },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}', { body: Buffer.from('{}'), keepAliveMs: undefined }],
]

test.each(answers)('an answer with %s, cut anywhere', (_what, raw, expected) => {
  const all = Buffer.from(raw)
  const answer = { kind: 'answer', status: 200, body: Buffer.from(body), keepAliveMs: 4_000, ...expected }
  for (let at = 0; at <= all.length; at++)
    expect(readPieces([all.subarray(0, at), all.subarray(at)])).toMatchObject(answer)
  expect(readPieces(Array.from(all, (byte) => Buffer.from([byte])))).toMatchObject(answer)
})

test('two answers in one piece, and what comes after', () => {
  const one = `${start}Content-Length: 2\r\n\r\n`
  const all = Buffer.from(`${one}{}${one}[]`)
  const reader = createReader()
  const first = reader.read(all, 0, all.length)
  expect(first).toMatchObject({ kind: 'answer', body: Buffer.from('{}'), rest: all.length / 2 })
  expect(reader.read(all, all.length / 2, all.length)).toMatchObject({
    kind: 'answer',
    body: Buffer.from('[]'),
    rest: all.length,
  })
  expect(reader.hasBegun).toBe(false)
})

test('an answer that ends with its connection', () => {
  const raw = Buffer.from(`${start}\r\n${body}`)
  const reader = createReader()
  expect(reader.read(raw, 0, raw.length)).toEqual({ kind: 'more' })
  expect(reader.end()).toMatchObject({ kind: 'answer', body: Buffer.from(body), keepAliveMs: undefined })
})

test.each<[string, string, ReadState['kind']]>([
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'malformed'],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'malformed'],
  ['a length that is none', `${start}Content-Length: x\r\n\r\n`, 'malformed'],
  ['a coding that was not asked for', `${start}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'malformed'],
  ['a chunk without a size', `${start}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 'malformed'],
  ['a chunk that is longer than it says', `${start}Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n`, 'malformed'],
  ['a head without an end', `${start}${'X: y\r\n'.repeat(20_000)}`, 'malformed'],
  ['a length past the bound', `${start}Content-Length: 1001\r\n\r\n`, 'tooLarge'],
  ['chunks past the bound', `${start}Transfer-Encoding: chunked\r\n\r\n3e9\r\n`, 'tooLarge'],
  ['no length, past the bound', `${start}\r\n${'x'.repeat(1_001)}`, 'tooLarge'],
])('%s', (_what, raw, kind) => {
  expect(readPieces([Buffer.from(raw)]).kind).toBe(kind)
})

function createReader(): AnswerReader {
  const reader = new AnswerReader()
  reader.maxBytes = 1_000
  return reader
}

/** Each piece in the same buffer, as a socket gives them: what was there before must not be looked at. */
function readPieces(pieces: readonly Buffer[]): ReadState {
  const reader = createReader()
  const buffer = Buffer.alloc(200_000, '\r\n\r\n')
  let state: ReadState = { kind: 'more' }
  for (const piece of pieces) {
    piece.copy(buffer)
    if (piece.length > 0) state = reader.read(buffer, 0, piece.length)
    if (state.kind !== 'more') return state
  }
  return state
}
