import type { RunningGateway } from '@tributary/gateway'
import { createStopStack } from '@tributary/runtime'
import type { TinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'
import { askSocket, send, sendRaw, startHostileGraph } from './hostileGraph.ts'

/** What every JavaScript object has already, and what pollutes prototypes. */
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
]

const stack = createStopStack()
let graph: TinyGraph
let gateway: RunningGateway

beforeAll(async () => {
  const started = await startHostileGraph(stack, { FORWARD_HEADERS: 'constructor,__proto__,tostring' })
  graph = started.graph
  gateway = started.gateway
})
afterAll(() => stack.stop())
beforeEach(() => {
  graph.library.requests.length = 0
})
afterEach(() => {
  for (const name of ['admin', 'polluted', 'text', 'query'])
    expect(({} as Record<string, unknown>)[name]).toBeUndefined()
})

describe('names of JavaScript are names like others', () => {
  test.each(names)('%s as an alias at the root, in an entity and of its other subgraph', async (name) => {
    const query = `{ ${name}: book(isbn: "12") { ${name}: title } other: book(isbn: "345") { ${name}: stars title } }`
    const expected = `{"data":{"${name}":{"${name}":"Title 12"},"other":{"${name}":3,"title":"Title 345"}}}\n`
    expect(await twice({ query })).toEqual([expected, expected])
  })

  test('all of them at once, in order', async () => {
    const fields = names.map((name) => `${name}: stars`).join(' ')
    const expected = `{"data":{"book":{${names.map((name) => `"${name}":4`).join(',')}}}}\n`
    expect(await twice({ query: `{ book(isbn: "1234") { ${fields} } }` })).toEqual([expected, expected])
  })

  test.each(names)('%s as a variable, in an argument and in a condition', async (name) => {
    const query = `query ($${name}: String, $on: Boolean!) { echo(text: $${name}) book(isbn: "1") @include(if: $on) { isbn } }`
    const body = `{"query":${JSON.stringify(query)},"variables":{"${name}":"told","on":true}}`
    const expected = '{"data":{"echo":"told","book":{"isbn":"1"}}}\n'
    expect(await twice(body)).toEqual([expected, expected])
    const condition = `query ($${name}: Boolean!) { echo(text: "x") @include(if: $${name}) __typename @skip(if: $${name}) }`
    for (const [value, data] of [
      ['true', '{"data":{"echo":"x"}}\n'],
      ['false', '{"data":{"__typename":"Query"}}\n'],
    ] as const) {
      expect(await twice(`{"query":${JSON.stringify(condition)},"variables":{"${name}":${value}}}`)).toEqual([
        data,
        data,
      ])
    }
  })

  test.each(names)('%s as a variable that is absent is absent', async (name) => {
    const required = await send(gateway, {
      body: JSON.stringify({ query: `query ($${name}: String!) { echo(text: $${name}) }` }),
    })
    expect([required.status, required.codes]).toEqual([400, ['BAD_USER_INPUT']])
    const optional = `query ($${name}: String) { echo(text: $${name}) }`
    const expected = '{"data":{"echo":null}}\n'
    expect(await twice({ query: optional })).toEqual([expected, expected])
  })

  test.each(names)('%s as the name of an operation, of a fragment', async (name) => {
    const query = `query ${name} { book(isbn: "1") { ...${name} } } query other { __typename } fragment ${name} on Book { title }`
    const expected = '{"data":{"book":{"title":"Title 1"}}}\n'
    expect(await twice({ query, operationName: name })).toEqual([expected, expected])
    const unknown = await send(gateway, { body: JSON.stringify({ query: '{ __typename }', operationName: name }) })
    expect([unknown.status, unknown.codes]).toEqual([400, ['OPERATION_RESOLUTION_FAILURE']])
  })

  test.each(names)('%s as a field, an argument, a directive, a type or a fragment that is not there', async (name) => {
    for (const query of [
      `{ ${name} }`,
      `{ echo(${name}: "x") }`,
      `{ echo(text: "x") @${name} }`,
      `{ book(isbn: "1") { ... on ${name} { isbn } } }`,
      `{ book(isbn: "1") { ...${name} } }`,
      `query ($x: ${name}) { echo(text: $x) }`,
    ]) {
      const answer = await send(gateway, { body: JSON.stringify({ query }) })
      expect([answer.status, [...new Set(answer.codes)]]).toEqual([400, ['GRAPHQL_VALIDATION_FAILED']])
      expect(new Set(await askSocket(gateway, { query }))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']))
    }
  })

  test('keys of the body, of variables and of extensions that nobody asked for change nothing', async () => {
    const pollution = '{"admin":true,"polluted":true}'
    for (const name of names) {
      const query = 'query ($text: String) { echo(text: $text) }'
      for (const body of [
        `{"${name}":${pollution},"query":${JSON.stringify(query)},"variables":{"text":"t"}}`,
        `{"query":${JSON.stringify(query)},"variables":{"${name}":${pollution},"text":"t"}}`,
        `{"query":${JSON.stringify(query)},"variables":{"text":"t"},"extensions":{"${name}":${pollution}}}`,
      ]) {
        expect((await twice(body)).at(-1)).toBe('{"data":{"echo":"t"}}\n')
      }
    }
    const inherited = await send(gateway, { body: '{"__proto__":{"query":"{ __typename }"}}' })
    expect(inherited.status).toBe(400)
    const variable = await send(gateway, {
      body: '{"query":"query ($text: String) { echo(text: $text) }","variables":{"__proto__":{"text":"inherited"}}}',
    })
    expect(variable.text).toBe('{"data":{"echo":null}}\n')
  })

  test('a persisted query under such a hash is not there', async () => {
    for (const name of names) {
      const extensions = { persistedQuery: { version: 1, sha256Hash: name } }
      const answer = await send(gateway, { body: JSON.stringify({ extensions }) })
      expect(answer.codes).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
    }
  })

  test('headers of such names are passed on where they are to be', async () => {
    const body = '{"query":"{ echo(text: \\"headers\\") }"}'
    const request = (extra: string) =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`
    const answer = await sendRaw(
      gateway,
      request('__proto__: p\r\nconstructor: c\r\ntoString: t\r\nhasOwnProperty: h\r\n'),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    const [headers] = graph.library.requests
    expect(headers?.constructor).toBe('c')
    expect(headers?.tostring).toBe('t')
    expect(Object.hasOwn(headers ?? {}, 'hasownproperty')).toBe(false)
    // What the client does not say is not passed on for it.
    expect(await sendRaw(gateway, request(''))).toMatch(/^HTTP\/1\.1 200 /)
    expect(Object.hasOwn(graph.library.requests[1] ?? {}, 'constructor')).toBe(false)
  })
})

/** The bytes of an answer by either door: the first time through Apollo Server, then by the short way. */
async function twice(body: object | string): Promise<readonly string[]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return [(await send(gateway, { body: text })).text, (await send(gateway, { body: text })).text]
}
