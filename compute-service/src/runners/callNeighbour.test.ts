import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { identityHeader, verifyIdentity } from '@tributary/runtime/identity'
import { publishModel } from './publishModel.ts'
import { readPurchases } from './readPurchases.ts'
import type { Purchase } from './TaskIo.ts'

const secret = 'a secret of the tests'
const never = new AbortController().signal
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Request = { query: string; variables: Record<string, unknown> }

/** A subgraph that gives what it is told; a number is a status without GraphQL. Gives who asked, too. */
async function serve(answer: (request: Request) => object | number | undefined) {
  const asked: unknown[] = []
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const header = request.headers[identityHeader]
    const verified = verifyIdentity(typeof header === 'string' ? header : undefined, body, secret)
    asked.push(verified.kind === 'verified' ? verified.identity?.scopes : verified.reason)
    const given = answer(JSON.parse(body))
    if (given === undefined) return
    if (typeof given === 'number') response.writeHead(given).end('<html>')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(given))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server on a port has an AddressInfo.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  return { neighbours: { ordersUrl: url, recommendationsUrl: url, secret }, asked }
}

function purchase(line: number): Purchase {
  return { line, userId: 'u', productId: 'p', category: 'c', orderDate: '2016-11-08', quantity: 1, sales: '1.00' }
}

test('reads purchases page by page, signed as a service, over answers that fail now and then', async () => {
  const all = Array.from({ length: 20_001 }, (_, i) => purchase(2 * (i + 1)))
  let requests = 0
  const { neighbours, asked } = await serve(({ variables }) => {
    requests++
    if (requests % 2 === 1) return 503
    const start = all.findIndex(({ line }) => line > Number(variables.after))
    return { data: { purchases: all.slice(start, start + Number(variables.first)) } }
  })
  expect(await readPurchases(neighbours, never)).toEqual(all)
  expect(asked).toEqual(Array.from({ length: 6 }, () => ['service']))
})

test('publishes a model, and says which subgraph refused it', async () => {
  const model = { version: 7, users: [], products: [{ productId: 'p', productIds: ['q'], scores: [0.5] }] }
  const received: unknown[] = []
  const { neighbours } = await serve(({ variables }) => {
    received.push(variables.input)
    if (received.length === 1) return { data: { published: { version: 7 } } }
    return { data: { published: null }, errors: [{ message: 'host db7 is down' }] }
  })
  expect(await publishModel(model, neighbours, never)).toBe(7)
  expect(received).toEqual([model])
  await expect(publishModel(model, neighbours, never)).rejects.toMatchObject({
    message: 'The recommendations subgraph answered with an error',
    code: 'SERVICE_UNAVAILABLE',
    isRetryable: true,
  })
})

test('stops at once when its task is told to', async () => {
  const abort = new AbortController()
  const { neighbours } = await serve(() => {
    abort.abort()
    return undefined
  })
  await expect(readPurchases(neighbours, abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
})
