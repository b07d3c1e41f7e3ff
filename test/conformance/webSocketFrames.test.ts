import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createStopStack, listen } from '@tributary/runtime'
import { WebSocket } from 'ws'
import { createWebSocketDoor } from '../../gateway/src/server/webSocketDoor.ts'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { emptySupergraphSdl } from './emptySupergraph.ts'
import { createSuiteRoom } from './suiteRoom.ts'

/** The room takes messages of at most 1 MiB. */
const maxBytes = 1024 * 1024

const running = createStopStack()
let port: number
let connections: () => number
beforeAll(async () => {
  const generation = createGeneration({ supergraphSdl: emptySupergraphSdl })
  const room = createSuiteRoom(generation, {
    execute: async () => ({ kind: 'answer', data: { nothing: 1 } }),
  })
  const door = createWebSocketDoor({ room, limits: { connectionInitTimeoutMs: 1_500 } })
  connections = () => door.counts().sockets
  const server = createServer().on('upgrade', door.upgrade)
  port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({
    async stop() {
      await door.stop()
      await new Promise((resolve) => server.close(resolve))
    },
  })
})
afterAll(() => running.stop())

const text = 1
const binary = 2
const close = 8
const ping = 9
const pong = 10

const init = '{"type":"connection_init"}'

/** What is against RFC 6455, or against the sub-protocol, closes the socket with the code for it. */
describe('frames that no client should send', () => {
  test.each<[string, Buffer[], number]>([
    ['a text that is not masked', [frame(text, init, { isMasked: false })], 1002],
    ['a close that is not masked', [frame(close, code(1000), { isMasked: false })], 1002],
    ...[1, 2, 4].map((rsv): [string, Buffer[], number] => [`reserved bit ${rsv}`, [frame(text, init, { rsv })], 1002]),
    ['all reserved bits', [frame(ping, '', { rsv: 7 })], 1002],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[], number] => [
      `the reserved opcode ${opcode}`,
      [frame(opcode, '')],
      1002,
    ]),
    ['a ping in fragments', [frame(ping, 'a', { isLast: false }), frame(0, 'b')], 1002],
    ['a close in fragments', [frame(close, code(1000), { isLast: false })], 1002],
    ['a ping of 126 bytes', [frame(ping, 'x'.repeat(126))], 1002],
    ['a pong of 126 bytes', [frame(pong, 'x'.repeat(126))], 1002],
    ['a close of 126 bytes', [frame(close, Buffer.concat([code(1000), Buffer.alloc(124, 'x')]))], 1002],
    ['a continuation of nothing', [frame(0, init)], 1002],
    ['a continuation after the end', [frame(text, init), frame(0, 'x')], 1002],
    ['a text within a text', [frame(text, '{', { isLast: false }), frame(text, init)], 1002],
    ['a binary within a text', [frame(text, '{', { isLast: false }), frame(binary, init)], 1002],
    ['a close of one byte', [frame(close, 'x')], 1002],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((given): [string, Buffer[], number] => [
      `the close code ${given}`,
      [frame(close, code(given))],
      1002,
    ]),
    ['a close reason that is no UTF-8', [frame(close, Buffer.concat([code(1000), Buffer.from([0xff])]))], 1007],
    ...[
      ['a lone continuation byte', [0x80]],
      ['an overlong form', [0xc0, 0xaf]],
      ['an overlong NUL', [0xe0, 0x80, 0x80]],
      ['a surrogate', [0xed, 0xa0, 0x80]],
      ['what is beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
      ['a character cut off', [0xe2, 0x82]],
      ['a byte that is never used', [0xfe]],
    ].map(([what, bytes]): [string, Buffer[], number] => [
      `a text with ${what}`,
      // The second is always a list of bytes.
      [frame(text, Buffer.from(bytes as number[]))],
      1007,
    ]),
    [
      'no UTF-8 in the second fragment',
      [frame(text, '{"a":"', { isLast: false }), frame(0, Buffer.from([0xff]))],
      1007,
    ],
    ['one byte too much', [frame(text, Buffer.alloc(maxBytes + 1, ' '))], 1009],
    ['a length of 2^31', [head(text, 2n ** 31n)], 1009],
    ['a length of 2^53', [head(text, 2n ** 53n)], 1009],
    ['a length of 2^63', [head(text, 2n ** 63n)], 1009],
    [
      'fragments that are too much together',
      [frame(text, Buffer.alloc(maxBytes, ' '), { isLast: false }), frame(0, '  ')],
      1009,
    ],
    ['a binary message', [frame(binary, init)], 4400],
    ['a binary message in fragments', [frame(binary, init, { isLast: false }), frame(0, '')], 4400],
    ...[
      '',
      ' ',
      'null',
      '1',
      '"connection_init"',
      '[]',
      '{}',
      '{"type":1}',
      '{"type":"start"}',
      '{"type":"__proto__"}',
      `{"type":"connection_init"`,
      `${init}${init}`,
      '{"type":"connection_init","payload":1}',
      '{"type":"connection_init","payload":[]}',
      '{"type":"subscribe"}',
      '{"type":"subscribe","id":"","payload":{"query":"{nothing}"}}',
      '{"type":"subscribe","id":1,"payload":{"query":"{nothing}"}}',
      '{"type":"subscribe","id":"1"}',
      '{"type":"subscribe","id":"1","payload":{}}',
      '{"type":"subscribe","id":"1","payload":{"query":1}}',
      '{"type":"subscribe","id":"1","payload":{"query":"{nothing}","variables":"x"}}',
      '{"type":"subscribe","id":"1","payload":{"query":"{nothing}","operationName":1}}',
      '{"type":"subscribe","id":"1","payload":{"query":"{nothing}","extensions":1}}',
      '{"type":"complete"}',
      '{"type":"ping","payload":"x"}',
      '{"type":"connection_ack"}',
      '{"type":"next","id":"1","payload":{}}',
      '{"type":"error","id":"1","payload":[]}',
      '['.repeat(100_000),
    ].map((message): [string, Buffer[], number] => [
      `the message ${message.slice(0, 60)}`,
      [frame(text, message)],
      4400,
    ]),
  ])('%s', async (_, frames, expected) => {
    const client = await open()
    for (const each of frames) client.socket.write(each)
    expect(await client.closeCode()).toBe(expected)
  })

  test('bytes of chance end the socket and harm nobody', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, open))
    for (const { socket } of clients) socket.write(randomBytes(64))
    for (const { socket } of clients) socket.end(frame(close, code(1000)))
    await Promise.all(clients.map(({ closed }) => closed))
    await answers()
  })
})

test('frames that a client may send: in fragments, with pings between them, empty, with whatever masks', async () => {
  const client = await open()
  const isLast = false
  for (const each of [
    frame(pong, 'nobody asked'),
    frame(text, init.slice(0, 5), { isLast }),
    frame(ping, 'in between'),
    frame(0, '', { isLast }),
    frame(0, init.slice(5)),
  ]) {
    client.socket.write(each)
  }
  expect(await client.hear()).toEqual({ opcode: pong, text: 'in between' })
  expect(await client.hear()).toEqual({ opcode: text, text: '{"type":"connection_ack"}' })
  client.socket.write(frame(close, Buffer.concat([code(4321), Buffer.from('über')])))
  expect(await client.closeCode()).toBe(4321)
})

test('300 sockets that never say who they are: new clients are answered meanwhile, and all are closed with 4408', async () => {
  const mute = await Promise.all(Array.from({ length: 300 }, open))
  await answers()
  expect(new Set(await Promise.all(mute.map((client) => client.closeCode())))).toEqual(new Set([4408]))
  await answers()
})

afterEach(async () => {
  while (connections() > 0) await new Promise((resolve) => setImmediate(resolve))
})

/** A client of good manners is answered. */
async function answers(): Promise<void> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  await once(ws, 'open')
  ws.send(init)
  await once(ws, 'message')
  ws.send('{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}')
  const [message] = await once(ws, 'message')
  expect(JSON.parse(String(message))).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } })
  ws.close()
  await once(ws, 'close')
}

type RawClient = {
  socket: Socket
  closed: Promise<unknown>
  hear(): Promise<{ opcode: number; text: string }>
  /** The code of the close frame that comes, after whatever comes before it. */
  closeCode(): Promise<number | undefined>
}

/** A TCP connection on which a WebSocket has been opened. */
async function open(): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close')
  let bytes: Buffer = Buffer.alloc(0)
  let isOver = false
  let wake = () => {}
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    wake()
  })
  socket.on('close', () => {
    isOver = true
    wake()
  })
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  while (bytes.indexOf('\r\n\r\n') < 0) await more()
  expect(bytes.toString('latin1', 0, 12)).toBe('HTTP/1.1 101')
  bytes = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
  return {
    socket,
    closed,
    hear,
    async closeCode() {
      for (;;) {
        const heard = await take()
        if (!heard) return undefined
        if (heard.opcode !== close) continue
        socket.end(frame(close, heard.payload.subarray(0, 2)))
        return heard.payload.length >= 2 ? heard.payload.readUInt16BE() : undefined
      }
    },
  }

  async function hear() {
    const heard = await take()
    return { opcode: heard?.opcode ?? -1, text: String(heard?.payload) }
  }

  /** The server's next frame; it sends none longer than 125 bytes here. */
  async function take(): Promise<{ opcode: number; payload: Buffer } | undefined> {
    while (bytes.length < 2 || bytes.length < 2 + (bytes[1] ?? 0)) {
      if (isOver) return undefined
      await more()
    }
    const end = 2 + (bytes[1] ?? 0)
    const taken = { opcode: (bytes[0] ?? 0) & 15, payload: bytes.subarray(2, end) }
    bytes = bytes.subarray(end)
    return taken
  }

  function more(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve
      if (isOver) resolve()
    })
  }
}

/** One frame as RFC 6455, section 5.2, has it. */
function frame(
  opcode: number,
  payload: string | Buffer,
  { isLast = true, rsv = 0, isMasked = true }: { isLast?: boolean; rsv?: number; isMasked?: boolean } = {},
): Buffer {
  const bytes = Buffer.from(payload)
  const start = head(opcode, BigInt(bytes.length), { isLast, rsv, isMasked })
  if (!isMasked) return Buffer.concat([start, bytes])
  const mask = randomBytes(4)
  return Buffer.concat([start, mask, bytes.map((byte, n) => byte ^ (mask[n % 4] ?? 0))])
}

/** What stands before the mask. */
function head(
  opcode: number,
  length: bigint,
  { isLast = true, rsv = 0, isMasked = true }: { isLast?: boolean; rsv?: number; isMasked?: boolean } = {},
): Buffer {
  const first = (isLast ? 0x80 : 0) | (rsv << 4) | opcode
  const masked = isMasked ? 0x80 : 0
  if (length < 126n) return Buffer.from([first, masked | Number(length)])
  const long = length < 65_536n
  const bytes = Buffer.alloc(long ? 4 : 10)
  bytes[0] = first
  bytes[1] = masked | (long ? 126 : 127)
  if (long) bytes.writeUInt16BE(Number(length), 2)
  else bytes.writeBigUInt64BE(length, 2)
  return bytes
}

/** A close frame's payload. */
function code(given: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(given)
  return bytes
}
