import { composeServices } from '@apollo/composition'
import { buildSchema, type ExecutionResult, getVariableValues, graphqlSync, parse, type SourceLocation } from 'graphql'
import type { SubgraphResponse, Transport } from '../executor/Transport.ts'
import type { ExecuteRequest } from '../operation/CompiledOperation.ts'
import { toResult } from '../operation/compileOperation.ts'
import { compileVariables } from '../operation/compileVariables.ts'
import { createGeneration } from './createGeneration.ts'

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])\n'
const supergraphSdl = compose({
  jobs: `${link}
    type Query { job(id: ID): Job version: Int deep(filter: Filter): Int search: [Found] }
    type Subscription { updates(id: ID!, after: Int = 0): Update }
    type Update { seq: Int! job: Job }
    type Job @key(fields: "id") { id: ID! state: State owner: User tags: [[String!]] weight: Float done: Boolean any: Any }
    enum State { OPEN CLOSED } scalar Any
    interface Named { name: String } type User @key(fields: "id") { id: ID! } union Found = Job | User
    input Filter { and: [Filter!] id: ID }`,
  users: `${link} type User @key(fields: "id") { id: ID! name: String! email: String }`,
})
const generation = createGeneration({ supergraphSdl })

describe('the operations of a generation', () => {
  test.each<[string, string, string | undefined]>([
    ['{ version', 'GRAPHQL_PARSE_FAILED', undefined],
    ['', 'GRAPHQL_PARSE_FAILED', undefined],
    ['{ "unterminated }', 'GRAPHQL_PARSE_FAILED', undefined],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    ['{ _service { sdl } }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    ['{ _entities(representations: []) { __typename } }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    ['mutation { x }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    [
      'query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
      undefined,
    ],
    ['query A { version } query B { version }', 'OPERATION_RESOLUTION_FAILURE', undefined],
    ['query A { version }', 'OPERATION_RESOLUTION_FAILURE', 'constructor'],
    ['fragment A on Query { version }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    [`{${' version'.repeat(2_001)} }`, 'MAX_TOKENS_LIMIT', undefined],
    [`{${'a{'.repeat(300)}`, 'MAX_DEPTH_LIMIT', undefined],
    [`{ deep(filter: ${'['.repeat(300)}`, 'MAX_DEPTH_LIMIT', undefined],
    [`query ($a: ${'['.repeat(300)}`, 'MAX_DEPTH_LIMIT', undefined],
    ['subscription ($x: Boolean!) { updates(id: 1) @include(if: $x) { seq } }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    [
      'subscription ($x: Boolean!) { ... @skip(if: $x) { updates(id: 1) { seq } } }',
      'GRAPHQL_VALIDATION_FAILED',
      undefined,
    ],
    ['subscription { updates(id: 1) { seq } again: updates(id: 2) { seq } }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    ['subscription { __typename }', 'GRAPHQL_VALIDATION_FAILED', undefined],
  ])('%s is refused with %s', (text, code, name) => {
    const found = generation.getOperation(text, name)
    expect(found).toMatchObject({ kind: 'errors', errors: [{ extensions: { code } }] })
  })

  test.each([
    ['within', 11, 'compiled'],
    ['past', 40, 'errors'],
  ])('a literal value %s the limit of nesting does not keep the planner busy', (_, levels, kind) => {
    const found = generation.getOperation(`{ deep(filter: {${'and: {'.repeat(levels)}${'}'.repeat(levels)}}) }`)
    expect(found.kind).toBe(kind)
  })

  test('few validation errors are told', () => {
    const found = generation.getOperation(`{${' nope'.repeat(500)} }`)
    expect(found.kind === 'errors' && found.errors.length).toBeLessThanOrEqual(6)
  })

  test('an operation is compiled once, however often it is asked for', () => {
    const first = generation.getOperation('query A { version }', 'A')
    const second = generation.getOperation('query A { version }', 'A')
    expect(first.kind === 'compiled' && second.kind === 'compiled' && first.operation === second.operation).toBe(true)
  })

  test('the cache is bounded by count and by bytes, and keeps what was used last', () => {
    const operationOf = ({ getOperation }: typeof generation, text: string) => {
      const found = getOperation(text)
      return found.kind === 'compiled' ? found.operation : undefined
    }
    const two = createGeneration({ supergraphSdl, cache: { maxEntries: 2 } })
    const a = operationOf(two, '{ version }')
    operationOf(two, '{ a: version }')
    expect(operationOf(two, '{ version }')).toBe(a)
    operationOf(two, '{ b: version }')
    expect(operationOf(two, '{ version }')).toBe(a)
    const none = createGeneration({ supergraphSdl, cache: { maxBytes: 10 } })
    expect(operationOf(none, '{ version }')).not.toBe(operationOf(none, '{ version }'))
  })

  test('a document that was parsed before is taken as it is', async () => {
    const text = '{ parsed: version }'
    const found = generation.getOperation(text, null, parse(text))
    expect(await execute(found, () => ({ kind: 'answer', data: { parsed: 1 } }))).toEqual({ data: { parsed: 1 } })
  })

  test('URLs can be overridden, by own names only', () => {
    const moved = createGeneration({ supergraphSdl, subgraphUrls: { jobs: 'http://elsewhere/' } })
    expect(Object.fromEntries(moved.subgraphs)).toEqual({
      jobs: { url: 'http://elsewhere/' },
      users: { url: 'http://users/' },
    })
    expect(moved.id).not.toBe(generation.id)
    expect(createGeneration({ supergraphSdl }).id).toBe(generation.id)
  })

  test('a supergraph that is none is refused', () => {
    expect(() => createGeneration({ supergraphSdl: 'type Query { a: Int }' })).toThrow()
    expect(() => createGeneration({ supergraphSdl: 'nonsense' })).toThrow()
  })

  test('a Federation 1 supergraph works', async () => {
    const fed1 = createGeneration({ supergraphSdl: federation1 })
    const found = fed1.getOperation('{ me { id name reviews { body } } }')
    const result = await execute(found, ({ subgraph }) =>
      subgraph === 'accounts'
        ? { kind: 'answer', data: { me: { __typename: 'User', id: '1', name: 'Ann' } } }
        : { kind: 'answer', data: { _entities: [{ reviews: [{ body: 'x' }] }] } },
    )
    expect(result).toEqual({ data: { me: { id: '1', name: 'Ann', reviews: [{ body: 'x' }] } } })
  })
})

describe('the values of an answer', () => {
  test.each<[string, unknown, unknown]>([
    ['version', 5, 5],
    ['version', 2 ** 31, null],
    ['version', 1.5, null],
    ['version', '5', null],
    ['version', true, null],
    ['job(id: 1) { id }', { id: 7 }, { id: '7' }],
    ['job(id: 1) { id }', { id: true }, null],
    ['job(id: 1) { state }', { state: 'OPEN' }, { state: 'OPEN' }],
    ['job(id: 1) { state }', { state: 'constructor' }, { state: null }],
    ['job(id: 1) { tags }', { tags: [['a', 'b'], null, []] }, { tags: [['a', 'b'], null, []] }],
    ['job(id: 1) { tags }', { tags: [['a', null], ['b']] }, { tags: [null, ['b']] }],
    ['job(id: 1) { tags }', { tags: ['a'] }, { tags: [null] }],
    ['job(id: 1) { weight }', { weight: 1e300 }, { weight: 1e300 }],
    ['job(id: 1) { weight }', { weight: '1' }, { weight: null }],
    ['job(id: 1) { done }', { done: 0 }, { done: null }],
    [
      'job(id: 1) { any }',
      { any: { constructor: [1, null, { x: 'y' }] } },
      { any: { constructor: [1, null, { x: 'y' }] } },
    ],
    ['job(id: 1) { any }', { any: false }, { any: false }],
    ['job(id: 1) { id }', {}, null],
    ['job(id: 1) { id }', [], null],
    [
      'search { __typename }',
      [{ __typename: 'Job' }, { __typename: 'Nope' }, {}, null],
      [{ __typename: 'Job' }, null, null, null],
    ],
  ])('{ %s } of %j is %j', async (field, value, expected) => {
    const name = field.split(/\W/)[0] ?? ''
    const result = await execute(generation.getOperation(`{ ${field} }`), () => ({
      kind: 'answer',
      data: { [name]: value },
    }))
    expect(result.data).toEqual({ [name]: expected })
    for (const { extensions, path } of result.errors ?? []) {
      expect(extensions).toEqual({ code: 'RESPONSE_VALIDATION_FAILED' })
      expect(path?.[0]).toBe(name)
    }
  })
})

describe('variables', () => {
  const schema = buildSchema(`
    type Query { a(n: Int, f: Filter, x: Float, y: Boolean): Int }
    input Filter { and: [Filter!], id: ID!, count: Int = 3, on: On, o: One }
    enum On { YES NO } input One @oneOf { a: Int b: Int } scalar Any`)
  test.each<[string, string]>([
    ['$a: Int', '{}'],
    ['$a: Int', '{"a":null}'],
    ['$a: Int!', '{}'],
    ['$a: Int!', '{"a":null}'],
    ['$a: Int!', '{"a":"1"}'],
    ['$a: Int = 4', '{}'],
    ['$a: Int! = 4', '{"a":5}'],
    ['$a: [Int!]', '{"a":1}'],
    ['$a: [[Int]]', '{"a":[[1,null],null,2]}'],
    ['$a: [Int!]!', '{"a":[1,null]}'],
    ['$a: Filter', '{"a":{"id":5}}'],
    ['$a: Filter', '{"a":{"id":"5","count":null,"and":[{"id":1,"on":"YES"}]}}'],
    ['$a: Filter', '{"a":{}}'],
    ['$a: Filter', '{"a":{"id":1,"nope":2}}'],
    ['$a: Filter', '{"a":{"id":1,"on":"MAYBE"}}'],
    ['$a: Filter', '{"a":[1]}'],
    ['$a: Filter', '{"a":{"id":1,"o":{"a":1}}}'],
    ['$a: Filter', '{"a":{"id":1,"o":{"a":1,"b":2}}}'],
    ['$a: Filter', '{"a":{"id":1,"o":{"a":null}}}'],
    ['$a: Any, $b: ID', '{"a":{"x":[1,{"y":null}]},"b":1.5}'],
    ['$a: Float, $b: Boolean', '{"a":3,"b":"true"}'],
  ])('(%s) of %s are coerced as graphql-js does', (definitions, json) => {
    const [definition] = parse(`query (${definitions}) { a }`).definitions
    const nodes = definition?.kind === 'OperationDefinition' ? (definition.variableDefinitions ?? []) : []
    const raw = JSON.parse(json)
    const theirs = getVariableValues(schema, nodes, raw)
    const ours = compileVariables(schema, nodes)(raw)
    if (theirs.coerced) {
      expect(JSON.stringify(ours.kind === 'variables' && ours.variables)).toBe(JSON.stringify(theirs.coerced))
    } else {
      expect(ours).toMatchObject({ kind: 'errors', errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
  })

  test('an input field called constructor is absent when it is not given', () => {
    const odd = buildSchema('type Query { a(f: Odd): Int } input Odd { constructor: Int = 3, toString: String }')
    const [definition] = parse('query ($__proto__: Odd) { a(f: $__proto__) }').definitions
    const nodes = definition?.kind === 'OperationDefinition' ? (definition.variableDefinitions ?? []) : []
    const coerced = compileVariables(odd, nodes)(JSON.parse('{"__proto__":{}}'))
    expect(JSON.stringify(coerced)).toBe('{"kind":"variables","variables":{"__proto__":{"constructor":3}}}')
  })

  test('values nested 10,000 levels deep are refused', async () => {
    const found = generation.getOperation('query ($f: Filter) { deep(filter: $f) }')
    const variables = JSON.parse(`{"f":${'{"and":['.repeat(10_000)}${']}'.repeat(10_000)}}`)
    const result = await execute(found, () => ({ kind: 'answer', data: {} }), variables)
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(result).not.toHaveProperty('data')
  })
})

describe('a subscription', () => {
  const text = `subscription Follow($id: ID!, $after: Int, $mail: Boolean!) {
    updates(id: $id, after: $after) { seq job { state owner { name email @include(if: $mail) } } } }`
  const variables = { id: 5, mail: false }

  test('is planned as a primary, sent with coerced variables', () => {
    const operation = subscription(text)
    expect(operation).toMatchObject({ kind: 'subscription', name: 'Follow', primary: { subgraph: 'jobs' } })
    const request = operation.primary.request(variables)
    expect(request).toMatchObject({ kind: 'request', variables: { id: '5' } })
    expect(request.kind === 'request' && request.query).toMatch(/^subscription\(\$id:ID!.*owner\{__typename id\}/)
    expect(operation.primary.request({})).toMatchObject({
      kind: 'errors',
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }, {}],
    })
  })

  test('completes each event with the fields of other subgraphs', async () => {
    const event = { data: { updates: { seq: 1, job: { state: 'OPEN', owner: { __typename: 'User', id: 'u1' } } } } }
    const result = await complete(
      event,
      requestTo(() => ({ kind: 'answer', data: { _entities: [{ name: 'Ann' }] } }), variables),
    )
    expect(result).toEqual({ data: { updates: { seq: 1, job: { state: 'OPEN', owner: { name: 'Ann' } } } } })
    expect(event.data.updates.job.owner).not.toHaveProperty('state')
  })

  test('a failed completion is a partial event', async () => {
    const event = { data: { updates: { seq: 1, job: { state: null, owner: { __typename: 'User', id: 'u1' } } } } }
    const result = await complete(
      event,
      requestTo(() => ({ kind: 'failure', code: 'SUBGRAPH_REQUEST_TIMEOUT', message: 'late' }), variables),
    )
    expect(result.data).toEqual({ updates: { seq: 1, job: { state: null, owner: null } } })
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'late',
        path: ['updates', 'job', 'owner', 'name'],
        extensions: { code: 'SUBGRAPH_REQUEST_TIMEOUT', service: 'users' },
      },
    ])
  })

  test("an event's own errors keep their place", async () => {
    const error = {
      message: 'No job',
      path: ['updates', 'job'],
      locations: [] as SourceLocation[],
      extensions: { code: 'NOT_FOUND' },
    }
    // What a client of graphql-ws gives for an error is plain JSON.
    const event = { data: { updates: { seq: 2, job: null } }, errors: [error] } as unknown as ExecutionResult
    const result = await complete(
      event,
      requestTo(() => ({ kind: 'answer', data: {} }), variables),
    )
    expect(result.data).toEqual({ updates: { seq: 2, job: null } })
    expect(result.errors?.map((one) => one.toJSON())).toEqual([
      { message: 'No job', path: ['updates', 'job'], extensions: { code: 'NOT_FOUND', service: 'jobs' } },
    ])
  })

  async function complete(...args: Parameters<ReturnType<typeof subscription>['completeEvent']>) {
    return toResult(await subscription(text).completeEvent(...args))
  }

  function subscription(query: string) {
    const found = generation.getOperation(query)
    if (found.kind !== 'compiled' || found.operation.kind !== 'subscription') throw new Error('Expected a subscription')
    return found.operation
  }
})

test('introspection is answered as graphql-js does, without asking a subgraph', async () => {
  const query =
    'query ($n: String = "Job") { __schema { types { name } } __type(name: $n) { ...T } } fragment T on __Type { fields { name } }'
  const result = await execute(generation.getOperation(query), () => ({
    kind: 'failure',
    code: 'INTERNAL_SERVER_ERROR',
    message: '',
  }))
  expect(JSON.stringify(result)).toBe(JSON.stringify(graphqlSync({ schema: generation.apiSchema, source: query })))
})

type Respond = (request: Parameters<Transport['execute']>[0]) => SubgraphResponse

async function execute(
  found: ReturnType<typeof generation.getOperation>,
  respond: Respond,
  variables: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  if (found.kind === 'errors') throw new AggregateError(found.errors, found.errors[0]?.message)
  if (found.operation.kind === 'subscription') throw new Error('Expected a query')
  return found.operation.execute(requestTo(respond, variables))
}

function requestTo(respond: Respond, variables: Record<string, unknown>): ExecuteRequest {
  const context = { requestId: '1', identity: undefined, headers: {}, signal: new AbortController().signal }
  return { variables, context, transport: { execute: async (request) => respond(request) } }
}

function compose(subgraphs: Record<string, string>): string {
  const composed = composeServices(
    Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: `http://${name}/`, typeDefs: parse(sdl) })),
  )
  if (composed.errors) throw new AggregateError(composed.errors, composed.errors[0]?.message)
  return composed.supergraphSdl
}

const federation1 = `
  schema @core(feature: "https://specs.apollo.dev/core/v0.1") @core(feature: "https://specs.apollo.dev/join/v0.1") { query: Query }
  directive @core(feature: String!) repeatable on SCHEMA
  directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
  directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
  directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
  directive @join__graph(name: String!, url: String!) on ENUM_VALUE
  scalar join__FieldSet
  enum join__Graph {
    ACCOUNTS @join__graph(name: "accounts", url: "http://accounts/")
    REVIEWS @join__graph(name: "reviews", url: "http://reviews/")
  }
  type Query { me: User @join__field(graph: ACCOUNTS) }
  type Review { body: String @join__field(graph: REVIEWS) }
  type User @join__owner(graph: ACCOUNTS) @join__type(graph: ACCOUNTS, key: "id") @join__type(graph: REVIEWS, key: "id") {
    id: ID! @join__field(graph: ACCOUNTS)
    name: String @join__field(graph: ACCOUNTS)
    reviews: [Review] @join__field(graph: REVIEWS)
  }`
