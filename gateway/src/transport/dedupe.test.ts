import { createServer } from 'node:http'
import { createStopStack, listen } from '@tributary/runtime'
import { Cancellation } from '../executor/CancelSignal.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { SubgraphRequest, Transport } from '../executor/Transport.ts'
import { createHttpTransport } from './httpTransport.ts'

const stack = createStopStack()
let transport: Transport
let asked = 0
let broken = 0
let release = () => {}
let held = new Promise<void>((resolve) => {
  release = resolve
})
let arrived = () => {}

beforeAll(async () => {
  const server = createServer(async (request, response) => {
    asked++
    arrived()
    response.on('close', () => {
      if (!response.writableFinished) broken++
    })
    for await (const _ of request);
    await held
    response.setHeader('content-type', 'application/json').end('{"data":{"list":[1]}}')
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  stack.add({ stop: async () => void server.close() })
  const subgraphs = new Map([['a', { url: `http://127.0.0.1:${port}/` }]])
  transport = stack.add(createHttpTransport({ subgraphs, dedupe: true }))
})
afterAll(() => stack.stop())
beforeEach(() => {
  asked = 0
  broken = 0
  held = new Promise((resolve) => {
    release = resolve
  })
})

const ada = { userId: 'ada', scopes: [], expiresAtMs: Number.MAX_SAFE_INTEGER }

test('equal queries of one client that are under way at a time are sent once, and each has an answer of its own', async () => {
  const answers = Array.from({ length: 5 }, () => ask({}, { identity: ada }))
  release()
  const [first, second] = await Promise.all(answers)
  expect(asked).toBe(1)
  expect(first).toEqual({ kind: 'answer', data: { list: [1] } })
  expect(second).toEqual(first)
  expect(second).not.toBe(first)
  await ask({}, { identity: ada })
  expect(asked).toBe(2)
})

test('mutations, other clients, other bodies and other headers are never joined; other traces are', async () => {
  const answers = [
    ask({ operation: 'mutation' }, { identity: ada }),
    ask({ operation: 'mutation' }, { identity: ada }),
    ask({}, { identity: ada }),
    ask({}, { identity: { ...ada } }),
    ask({}, {}),
    ask({ body: '{"query":"{b}"}' }, { identity: ada }),
    ask({}, { identity: ada, headers: { 'accept-language': 'de' } }),
    ask({}, { identity: ada, headers: { traceparent: 'x' } }),
  ]
  release()
  await Promise.all(answers)
  expect(asked).toBe(7)
})

test('who leaves gets nothing, and the others go on waiting', async () => {
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const [one, two] = [new Cancellation(), new Cancellation()]
  const first = ask({}, { signal: one })
  const second = ask({}, { signal: two })
  await hasArrived
  one.abort()
  expect(await first).toMatchObject({ kind: 'failure', code: 'GATEWAY_TIMEOUT' })
  const third = ask({}, {})
  release()
  expect(await second).toMatchObject({ kind: 'answer' })
  expect(await third).toMatchObject({ kind: 'answer' })
  expect([asked, broken]).toEqual([1, 0])
})

function ask(request: Partial<SubgraphRequest>, context: Partial<RequestContext>) {
  return transport.execute(
    { subgraph: 'a', operation: 'query', body: '{"query":"{a}"}', ...request },
    { requestId: 'x', identity: undefined, headers: {}, signal: new Cancellation(), ...context },
  )
}
