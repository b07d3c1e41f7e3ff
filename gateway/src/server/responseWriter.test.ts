import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { createStopStack, listen, type StopStack } from '@tributary/runtime'
import { multipartFormat } from './multipartFormat.ts'
import { openResponseWriter } from './responseWriter.ts'
import { sseFormat } from './sseFormat.ts'

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

test.each([
  [sseFormat, /^:\n\n(:\n\n){2,}$/],
  [
    multipartFormat,
    /^\r\n--graphql(\r\ncontent-type: application\/json; charset=utf-8\r\n\r\n\{\}\r\n--graphql){2,}--\r\n$/,
  ],
])('while nothing happens a heartbeat is written, in the words of the format', async (format, expected) => {
  const server = createServer((_, response) => {
    const writer = openResponseWriter({
      response,
      format: { ...format, heartbeatMs: 20 },
      writeTimeoutMs: 10_000,
      onClose() {},
    })
    let beats = 0
    const write = response.write.bind(response)
    response.write = (chunk: string) => {
      if (++beats === 2) setImmediate(() => writer.end(format === sseFormat ? '' : format.complete))
      return write(chunk)
    }
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({ stop: () => new Promise((resolve) => void server.close(() => resolve())) })
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(await response.text()).toMatch(expected)
})

test.each([
  ['while more waits', false],
  ['when only its last words wait', true],
])('trap 5: a client that does not read is dropped at the deadline, %s', async (_when, isEnding) => {
  let onClose = (_response: ServerResponse) => {}
  const closed = new Promise<ServerResponse>((resolve) => {
    onClose = resolve
  })
  const server = createServer(async (_request, response) => {
    const writer = openResponseWriter({
      response,
      format: sseFormat,
      writeTimeoutMs: 100,
      onClose: () => onClose(response),
    })
    const text = `data: ${'x'.repeat(1_000_000)}\n\n`
    // More than the system's buffers take.
    if (isEnding) writer.end(text.repeat(32))
    while (!response.writableEnded && !response.destroyed) await writer.write(text)
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({ stop: () => new Promise((resolve) => void server.close(() => resolve())) })
  const client = connect(port, '127.0.0.1').pause()
  running.add({ stop: async () => void client.destroy() })
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  expect((await closed).destroyed).toBe(true)
})
