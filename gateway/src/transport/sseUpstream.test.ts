import { createServer, type ServerResponse } from 'node:http'
import { createLog, createStopStack, listen, type StopStack } from '@tributary/runtime'
import { createSseUpstream } from './sseUpstream.ts'

const log = createLog({ service: 'test', level: 'silent' })
const head = 'event: next\ndata: {"data":{"tick":1}}\n\n'

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

test.each([
  ['breaks off', (response: ServerResponse) => response.write(head, () => response.destroy()), 'SUBGRAPH_STREAM_LOST'],
  ['ends without `complete`', (response: ServerResponse) => response.end(head), 'SUBGRAPH_STREAM_LOST'],
  [
    'ends in the middle of an event',
    (response: ServerResponse) => response.end(`${head}event: complete`),
    'SUBGRAPH_STREAM_LOST',
  ],
  ['falls silent', (response: ServerResponse) => response.write(head), 'SUBGRAPH_STREAM_LOST'],
  [
    'says what is no JSON',
    (response: ServerResponse) => response.write(`${head}event: next\ndata: {\n\n`),
    'SUBREQUEST_MALFORMED_RESPONSE',
  ],
  [
    'says what is no result',
    (response: ServerResponse) => response.write(`${head}event: next\ndata: []\n\n`),
    'SUBREQUEST_MALFORMED_RESPONSE',
  ],
])('an event stream that %s has failed, behind what it told', async (_, answer, code) => {
  const upstream = await open((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    answer(response)
  })
  const stream = upstream.subscribe(ticks())
  expect(await stream.next()).toEqual({ kind: 'event', result: { data: { tick: 1 } } })
  expect(await stream.next()).toMatchObject({ kind: 'failed', error: { extensions: { code, service: 'ticking' } } })
  expect(upstream.counts()).toEqual({ sockets: 0, streams: 0 })
})

test('comments are signs of life, events of other names are not ours', async () => {
  const upstream = await open((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let beats = 0
    const timer = setInterval(() => {
      // Longer than it may be silent.
      if (++beats < 12) return response.write(':\n\nevent: other\ndata: {\n\n')
      clearInterval(timer)
      return response.end(`${head}event: complete\n\n`)
    }, 50)
  })
  const stream = upstream.subscribe(ticks())
  expect(await stream.next()).toMatchObject({ kind: 'event' })
  expect(await stream.next()).toEqual({ kind: 'complete' })
})

async function open(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response))
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  const subgraphs = () => ({ url: `http://127.0.0.1:${port}/graphql` })
  return running.add(createSseUpstream({ subgraphs, log, limits: { pingIntervalMs: 200 } }))
}

function ticks() {
  const context = { requestId: 'test', identity: undefined, headers: {}, signal: new AbortController().signal }
  return { subgraph: 'ticking', query: 'subscription { tick }', variables: {}, context }
}
