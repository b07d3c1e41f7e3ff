import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { composeServices } from '@apollo/composition'
import { createStopStack, listen } from '@tributary/runtime'
import { identityHeader, verifyIdentity } from '@tributary/runtime/identity'
import { type ExecutionResult, type GraphQLFormattedError, parse } from 'graphql'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { Transport } from '../executor/Transport.ts'
import { createGeneration } from '../supergraph/createGeneration.ts'
import type { Generation } from '../supergraph/Generation.ts'
import { createHttpTransport, type HttpTransportOptions } from './httpTransport.ts'

type Answer = (response: ServerResponse, body: string, request: IncomingMessage) => void
type Name = 'users' | 'orders' | 'reviews'

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])\n'
const sdl: Record<Name, string> = {
  users: `${link} type Query { me: User users: [User] } type Mutation { touch: User } type User @key(fields: "id") { id: ID! name: String }`,
  orders: `${link} type Query { count: Int } type User @key(fields: "id") { id: ID! orders: [Order!] open: Int! } type Order { id: ID! }`,
  reviews: `${link} type Query { top: Int } type User @key(fields: "id") { id: ID! score: Int bio: JSON } scalar JSON`,
}
const me = { __typename: 'User', id: '1', name: 'Ann' }
const healthy: Record<Name, Answer> = {
  users: json({ data: { me, users: [me, null, { __typename: 'User', id: '2', name: 'Bo' }, me], touch: me } }),
  orders: json({ data: { _entities: [{ orders: [{ id: 'o1' }], open: 1 }] } }),
  reviews: json({ data: { _entities: [{ score: 5 }] } }),
}
const everything = '{ me { id name orders { id } score } }'
const all = { me: { id: '1', name: 'Ann', orders: [{ id: 'o1' }], score: 5 } }
const withoutOrders = { me: { id: '1', name: 'Ann', orders: null, score: 5 } }

describe('the executor over HTTP', () => {
  const running = createStopStack()
  const answers: Record<Name, Answer> = { ...healthy }
  const received: { name: Name; body: string; request: IncomingMessage }[] = []
  let generation: Generation
  let transport: Transport

  beforeAll(async () => {
    const urls = await Promise.all((['users', 'orders', 'reviews'] as const).map(serve))
    const services = urls.map(({ name, url }) => ({ name, url, typeDefs: parse(sdl[name]) }))
    const { supergraphSdl, errors } = composeServices(services)
    if (errors) throw new AggregateError(errors, errors[0]?.message)
    generation = createGeneration({ supergraphSdl: supergraphSdl ?? '' })
    transport = open()
  })
  beforeEach(() => {
    Object.assign(answers, healthy)
    received.length = 0
  })
  afterAll(() => running.stop())

  test('fetches from all subgraphs', async () => {
    expect(await run(everything)).toEqual({ data: all })
  })

  const failures: Record<string, { answer: Answer; code: string; status?: number }> = {
    'answers HTML': {
      answer: raw(200, '<html><body>Hello</body></html>', 'text/html'),
      code: 'SUBREQUEST_MALFORMED_RESPONSE',
    },
    'answers truncated JSON': {
      answer: raw(200, '{"data":{"_entities":[{"ord'),
      code: 'SUBREQUEST_MALFORMED_RESPONSE',
    },
    'answers null': { answer: raw(200, 'null'), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers a list': { answer: raw(200, '[]'), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers a string': { answer: raw(200, '"data"'), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers nothing': { answer: raw(200, ''), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers neither data nor errors': { answer: json({}), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers data of another type': { answer: json({ data: 'x' }), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers null data without an error': { answer: json({ data: null }), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers too many entities': {
      answer: json({ data: { _entities: [{}, {}] } }),
      code: 'SUBREQUEST_MALFORMED_RESPONSE',
    },
    'answers too few entities': { answer: json({ data: { _entities: [] } }), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers no entities': { answer: json({ data: {} }), code: 'SUBREQUEST_MALFORMED_RESPONSE' },
    'answers entities that are none': {
      answer: json({ data: { _entities: ['x'] } }),
      code: 'SUBREQUEST_MALFORMED_RESPONSE',
    },
    'answers 500 with HTML': {
      answer: raw(500, '<html>at Object.<anonymous> (/srv/app.js)', 'text/html'),
      code: 'SUBREQUEST_HTTP_ERROR',
      status: 500,
    },
    'answers 503 with JSON': { answer: raw(503, '{"error":"busy"}'), code: 'SUBREQUEST_HTTP_ERROR', status: 503 },
    redirects: { answer: raw(302, ''), code: 'SUBREQUEST_HTTP_ERROR', status: 302 },
    'hangs up': { answer: (response) => response.destroy(), code: 'SUBREQUEST_HTTP_ERROR' },
    'hangs up within the answer': {
      answer: (response) =>
        response.writeHead(200, { 'content-length': '500' }).write('{"data"', () => response.destroy()),
      code: 'SUBREQUEST_HTTP_ERROR',
    },
    'says nothing': { answer: () => undefined, code: 'SUBGRAPH_REQUEST_TIMEOUT' },
    'sends headers and no body': {
      answer: (response) => response.writeHead(200).flushHeaders(),
      code: 'SUBGRAPH_REQUEST_TIMEOUT',
    },
    drips: { answer: drip, code: 'SUBGRAPH_REQUEST_TIMEOUT' },
    'announces too much': {
      answer: (response) => response.writeHead(200, { 'content-length': '5000000' }).write('{'),
      code: 'SUBREQUEST_RESPONSE_TOO_LARGE',
    },
    'sends too much': { answer: raw(200, `{"data":"${'x'.repeat(200_000)}"}`), code: 'SUBREQUEST_RESPONSE_TOO_LARGE' },
  }
  test.each(Object.entries(failures))('a subgraph that %s costs its own fields and one error', async (_, failure) => {
    answers.orders = failure.answer
    const { data, errors } = await run(everything)
    expect(data).toEqual(withoutOrders)
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^The subgraph orders /),
        path: ['me', 'orders'],
        extensions: { code: failure.code, service: 'orders', ...(failure.status && { status: failure.status }) },
      },
    ])
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|<html|\.js|_entities/)
  })

  test('a subgraph that is down costs its own fields and one error', async () => {
    const subgraphs = new Map([...generation.subgraphs, ['orders', { url: 'http://127.0.0.1:1/graphql' }]])
    const { data, errors } = await run(everything, { transport: open({ subgraphs }) })
    expect(data).toEqual(withoutOrders)
    expect(errors).toMatchObject([
      { path: ['me', 'orders'], extensions: { code: 'SUBREQUEST_HTTP_ERROR', service: 'orders' } },
    ])
  })

  test('a root subgraph that is down costs its root fields', async () => {
    answers.users = raw(502, '')
    answers.orders = json({ data: { count: 3 } })
    const { data, errors } = await run('{ me { name orders { id } } users { name } count }')
    expect(data).toEqual({ me: null, users: null, count: 3 })
    expect(errors?.map(({ path }) => path)).toEqual([['me']])
  })

  test('a failed fetch of a non-null field is one error for all the nulls it makes', async () => {
    answers.orders = raw(500, '')
    const { data, errors } = await run('{ users { name open } me { open } }')
    expect(data).toEqual({ users: [null, null, null, null], me: null })
    expect(new Set(errors?.map(({ path }) => path?.join('.')))).toEqual(new Set(['me.open', 'users.0.open']))
    expect(errors).toMatchObject(Array(2).fill({ extensions: { code: 'SUBREQUEST_HTTP_ERROR', status: 500 } }))
  })

  test('an error of an entity has the path of its first place, and the entity is null in every place', async () => {
    answers.orders = json({
      data: {
        _entities: [
          { orders: [], open: null },
          { orders: [{ id: 'o2' }], open: 2 },
        ],
      },
      errors: [
        {
          message: 'No',
          path: ['_entities', 0, 'open'],
          extensions: { code: 'CLOSED', stacktrace: ['x'], http: { status: 418 } },
        },
      ],
    })
    const { data, errors } = await run('{ users { id orders { id } open } }')
    expect(data).toEqual({ users: [null, null, { id: '2', orders: [{ id: 'o2' }], open: 2 }, null] })
    expect(errors).toEqual([
      { message: 'No', path: ['users', 0, 'open'], extensions: { code: 'CLOSED', service: 'orders' } },
    ])
  })

  test('a null in a non-null field that nobody explained is an error of its own', async () => {
    answers.orders = json({ data: { _entities: [{ open: null }, { open: 2 }] } })
    const { data, errors } = await run('{ users { id open } }')
    expect(data).toEqual({ users: [null, null, { id: '2', open: 2 }, null] })
    expect(errors).toMatchObject([
      { path: ['users', 0, 'open'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } },
      { path: ['users', 3, 'open'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } },
    ])
  })

  test('the errors of a response with another status are kept', async () => {
    answers.orders = raw(401, '{"errors":[{"message":"Who are you?","extensions":{"code":"UNAUTHENTICATED"}}]}')
    const { data, errors } = await run(everything)
    expect(data).toEqual(withoutOrders)
    expect(errors).toEqual([
      { message: 'Who are you?', path: ['me', 'orders'], extensions: { code: 'UNAUTHENTICATED', service: 'orders' } },
    ])
  })

  test('malformed errors are made harmless', async () => {
    const malformed = [
      null,
      'x',
      5,
      [],
      {},
      { message: 5 },
      { message: 'a', path: 'me' },
      { message: 'b', path: [{}, null] },
      { message: 'c', path: ['_entities', 9, 'x'], locations: 'here', extensions: 'none' },
      { message: 'd', path: ['_entities', 0, 'nope', 'deep'] },
      { message: 'e', path: ['_entities', 0, 'orders', 0, 'id'], extensions: { code: { a: 1 } } },
      { message: 'f', path: ['constructor', '__proto__'] },
    ]
    answers.orders = json({ data: { _entities: [{ orders: [{ id: 'o1' }] }] }, errors: malformed })
    const { data, errors } = await run(everything)
    expect(data).toEqual(all)
    expect(errors).toHaveLength(malformed.length)
    for (const error of errors ?? []) {
      expect(error).toMatchObject({
        message: expect.any(String),
        extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', service: 'orders' },
      })
      expect(JSON.stringify(error.path)).toMatch(/^\["me","orders"/)
    }
  })

  test.each([
    ['an object for a list', { orders: {} }],
    ['a list for an object', { orders: [[]] }],
    ['a string for a list', { orders: 'x' }],
    ['an object for an ID', { orders: [{ id: {} }] }],
  ])('%s is null, with an error', async (_, entity) => {
    answers.orders = json({ data: { _entities: [entity] } })
    const { data, errors } = await run(everything)
    expect(data).toEqual(withoutOrders)
    expect(errors).toMatchObject([{ extensions: { code: 'RESPONSE_VALIDATION_FAILED' } }])
    expect(errors?.[0]?.path?.slice(0, 2)).toEqual(['me', 'orders'])
  })

  test('a value nested 10,000 levels deep is null, with an error', async () => {
    answers.reviews = raw(200, `{"data":{"_entities":[{"bio":${'['.repeat(10_000)}${']'.repeat(10_000)}}]}}`)
    const { data, errors } = await run('{ me { name bio } }')
    expect(data).toEqual({ me: { name: 'Ann', bio: null } })
    expect(errors).toMatchObject([{ path: ['me', 'bio'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } }])
  })

  test('an entity is asked for once and answered in each of its places; nulls are not asked for', async () => {
    answers.orders = json({ data: { _entities: [{ open: 1 }, { open: 2 }] } })
    expect(await run('{ users { open } }')).toEqual({ data: { users: [{ open: 1 }, null, { open: 2 }, { open: 1 }] } })
    const [body] = received.filter(({ name }) => name === 'orders').map((one) => JSON.parse(one.body))
    expect(body.variables.representations).toEqual([
      { __typename: 'User', id: '1' },
      { __typename: 'User', id: '2' },
    ])
  })

  test('nothing is asked about nobody', async () => {
    answers.users = json({ data: { me: null, users: [] } })
    expect(await run('{ me { orders { id } } users { orders { id } } }')).toEqual({ data: { me: null, users: [] } })
    expect(received.map(({ name }) => name)).toEqual(['users'])
  })

  test('what two fetches ask alike is sent once, and answers one each', async () => {
    answers.users = json({ data: { me, users: [me] } })
    const { data } = await run('{ me { orders { id } name } users { orders { id } } }')
    expect(data).toEqual({ me: { orders: [{ id: 'o1' }], name: 'Ann' }, users: [{ orders: [{ id: 'o1' }] }] })
    expect(received.filter(({ name }) => name === 'orders')).toHaveLength(1)
  })

  test('in a mutation, what two fetches ask alike is sent twice', async () => {
    answers.users = json({ data: { a: me, b: me } })
    const { data } = await run('mutation { a: touch { score } b: touch { score } }')
    expect(data).toEqual({ a: { score: 5 }, b: { score: 5 } })
    expect(received.filter(({ name }) => name === 'reviews')).toHaveLength(2)
  })

  test('three subgraphs that take 200 ms each take about 200 ms together', async () => {
    for (const name of ['users', 'orders', 'reviews'] as const) {
      answers[name] = late(json({ data: { me, count: 3, top: 9 } }))
    }
    const query = '{ me { name } count top }'
    generation.getOperation(query)
    const begin = performance.now()
    expect(await run(query)).toEqual({ data: { me: { name: 'Ann' }, count: 3, top: 9 } })
    expect(performance.now() - begin).toBeLessThan(400)
  })

  test('a client that leaves ends the requests under way', async () => {
    const left = new AbortController()
    const closed = new Promise<void>((resolve) => {
      answers.users = (response) => {
        response.on('close', resolve)
        left.abort()
      }
    })
    const { data, errors } = await run(everything, { signal: left.signal })
    await closed
    expect(data).toEqual({ me: null })
    expect(errors).toMatchObject([{ path: ['me'], extensions: { code: 'GATEWAY_TIMEOUT' } }])
    expect((await run(everything, { signal: left.signal })).data).toEqual({ me: null })
    expect(received).toHaveLength(1)
  })

  test('a query whose connection breaks is sent once more, a mutation is not', async () => {
    let breaks = 1
    answers.users = (response, body, request) => {
      if (breaks-- > 0) response.destroy()
      else healthy.users(response, body, request)
    }
    expect(await run(everything)).toEqual({ data: all })
    breaks = 1
    expect((await run('mutation { touch { name } }')).errors).toMatchObject([
      { extensions: { code: 'SUBREQUEST_HTTP_ERROR' } },
    ])
  })

  test('requests are signed with who asks, and carry the headers of the context', async () => {
    const identity = { userId: 'u1', scopes: ['a'], expiresAtMs: Date.now() + 60_000 }
    await run(everything, { transport: open({ secret: 'secret' }), identity, headers: { traceparent: '00-1-2-01' } })
    expect(received).toHaveLength(3)
    for (const { body, request } of received) {
      expect(request.headers).toMatchObject({ 'content-type': 'application/json', traceparent: '00-1-2-01' })
      const header = String(request.headers[identityHeader])
      expect(verifyIdentity(header, body, 'secret')).toEqual({ kind: 'verified', identity })
    }
  })

  test('more requests than the bound are refused at once', async () => {
    answers.users = () => undefined
    const bounded = open({ maxPending: 1 })
    const [first, second] = await Promise.all([
      run('{ me { name } }', { transport: bounded }),
      run('{ me { name } }', { transport: bounded }),
    ])
    expect(first.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_REQUEST_TIMEOUT' } }])
    expect(second.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }])
  })

  function open(options: Partial<HttpTransportOptions> = {}): Transport {
    const { subgraphs } = generation
    return running.add(createHttpTransport({ subgraphs, timeoutMs: () => 300, maxResponseBytes: 100_000, ...options }))
  }

  async function run(
    query: string,
    options: Partial<RequestContext> & { transport?: Transport } = {},
  ): Promise<{ data?: ExecutionResult['data']; errors?: GraphQLFormattedError[] }> {
    const found = generation.getOperation(query)
    if (found.kind === 'errors') throw new AggregateError(found.errors, found.errors[0]?.message)
    if (found.operation.kind === 'subscription') throw new Error('Expected a query or a mutation')
    const { transport: given = transport, ...rest } = options
    const context = { requestId: '1', identity: undefined, headers: {}, signal: new AbortController().signal, ...rest }
    const { data, errors } = await found.operation.execute({ variables: {}, context, transport: given })
    return { data, ...(errors && { errors: errors.map((error) => error.toJSON()) }) }
  }

  async function serve(name: Name): Promise<{ name: Name; url: string }> {
    const server = createServer(async (request, response) => {
      const body = await text(request)
      received.push({ name, body, request })
      answers[name](response, body, request)
    })
    const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
    running.add({
      async stop() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return { name, url: `http://127.0.0.1:${port}/graphql` }
  }
})

function json(body: unknown): Answer {
  return raw(200, JSON.stringify(body))
}

function raw(status: number, body: string, type = 'application/json'): Answer {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body)
}

function late(answer: Answer): Answer {
  return (response, body, request) => void setTimeout(() => answer(response, body, request), 200)
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}
