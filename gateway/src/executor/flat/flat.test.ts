import fc from 'fast-check'
import { buildSchema, type GraphQLObjectType, Kind, parse } from 'graphql'
import { fetchShape } from '../FetchShape.ts'
import { compileFlatProjector } from './compileFlatProjector.ts'
import { createFlatLayout } from './FlatLayout.ts'
import { FlatReader } from './FlatReader.ts'
import { flatShape } from './FlatShape.ts'
import { FlatTree } from './FlatTree.ts'

const schema = buildSchema(`
  scalar Json
  type Query { a: Json, n: Float, i: Int, s: String, id: ID, b: Boolean, c: Child, l: [[Child]], tags: [String!] }
  type Child { d: Json, e: Child }
`)
const text = '{ a n i s id b tags c { d e { d } } l { d e { d } } }'
const document = parse(text)
const [operation] = document.definitions
if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('Expected an operation')
const layout = createFlatLayout()
const shape = flatShape(fetchShape(document, []), layout)
// The schema has one.
const rootType = schema.getQueryType() as GraphQLObjectType
const scope = {
  schema,
  fragments: new Map(),
  flag: () => undefined,
  treeName: (node: { name: { value: string } }) => node.name.value,
}
const project = compileFlatProjector(scope, { rootType, selectionSet: operation.selectionSet, layout })
if (!project) throw new Error('Expected a projector')

const whole = { a: 1, n: 1.5, i: 1, s: 's', id: '1', b: true, tags: ['t'], c: null, l: [] }

/** One tree for all: what an answer leaves in it must not be seen by the next. */
const tree = new FlatTree()

/** What comes out of an answer, or undefined when it is not for flat trees. */
function through(answer: string | Buffer): string | undefined {
  tree.clear()
  if (!new FlatReader(tree).readRoot(Buffer.from(answer), shape)) return undefined
  const start = tree.end
  return project?.(tree) ? tree.text(start, tree.end) : undefined
}

const child = fc.letrec((tie) => ({
  child: fc.option(fc.record({ d: fc.jsonValue(), e: fc.option(fc.record({ d: fc.jsonValue() })) })),
  list: fc.array(fc.option(fc.array(tie('child'), { maxLength: 3 })), { maxLength: 3 }),
}))
const anyText = fc.string({ unit: 'binary' })
const data = fc.record({
  a: fc.jsonValue(),
  n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n))),
  i: fc.option(fc.integer()),
  s: fc.option(anyText),
  id: fc.option(fc.oneof(anyText, fc.integer())),
  b: fc.option(fc.boolean()),
  tags: fc.option(fc.array(anyText, { maxLength: 3 })),
  c: child.child,
  l: fc.option(child.list),
})

test('whatever JSON a subgraph answers comes out as JSON.stringify writes it, however it was spelt', () => {
  fc.assert(
    fc.property(data, fc.constantFrom(0, 1, '\t'), (given, space) => {
      const answer = JSON.stringify({ data: given }, null, space)
      // The tree is read by its shape, and numbers that are ids are texts.
      const expected = { ...JSON.parse(JSON.stringify(given)), id: given.id === null ? null : String(given.id) }
      const got = through(answer)
      // Deep values of custom scalars are left to the other way.
      if (got === undefined) expect(answer).toMatch(/"(a|d)":\s*[[{]/)
      else expect(JSON.parse(got)).toEqual(ordered(expected))
      if (got !== undefined) expect(got).toBe(JSON.stringify(ordered(expected)))
    }),
    { numRuns: 500 },
  )
})

test('an answer with one character wrong is read as JSON.parse reads it, or not at all', () => {
  fc.assert(
    fc.property(
      data,
      fc.nat(),
      fc.constantFrom('', '"', '\\', '\\u0041', ',', '}', ']', '0', '.5', 'e1', ' ', 'x'),
      (given, at, other) => {
        const answer = JSON.stringify({ data: given })
        const position = at % answer.length
        const spoilt = answer.slice(0, position) + other + answer.slice(position + 1)
        const got = through(spoilt)
        if (got === undefined) return
        // Half a pair of surrogates is no UTF-8.
        const read = JSON.parse(Buffer.from(spoilt).toString()).data
        expect(JSON.parse(got)).toEqual(ordered({ ...read, id: read.id === null ? null : String(read.id) }))
      },
    ),
    { numRuns: 1_500 },
  )
})

test('an answer cut anywhere is not read, whatever the last one left in memory', () => {
  const answer = Buffer.from(
    JSON.stringify({ data: { ...whole, a: 'ä', c: { d: 'x', e: null }, l: [[{ d: 1 }], null] } }),
  )
  expect(through(answer)).toBeDefined()
  for (let end = 0; end < answer.length; end++) expect(through(answer.subarray(0, end))).toBeUndefined()
})

test.each([
  ['errors', '{"data":{"a":1},"errors":[{"message":"x"}]}'],
  ['a field that nobody asked for', '{"data":{"a":1,"other":2}}'],
  ['a field twice', '{"data":{"a":1,"a":2}}'],
  ['an object for a leaf of another kind', '{"data":{"s":{}}}'],
  ['a fraction for an Int', '{"data":{"i":1.5}}'],
  ['an Int of 33 bits', '{"data":{"i":4294967296}}'],
  ['null for all', '{"data":null}'],
  ['lists without end', `{"data":{"l":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`],
  ['invalid UTF-8', Buffer.from([...Buffer.from('{"data":{"s":"'), 0xff, ...Buffer.from('"}}')])],
])('%s is left to the other way', (_what, answer) => {
  expect(through(answer)).toBeUndefined()
})

test("extensions are nobody's", () => {
  const got = through(JSON.stringify({ data: whole }))
  expect(got).toBe(JSON.stringify(whole))
  expect(through(`${JSON.stringify({ data: whole, extensions: { cost: [1] } })}\n`)).toBe(got)
})

type Data = Record<string, unknown>

/** In the order of the selection. */
function ordered(given: Data): Data {
  return {
    ...{ a: given.a ?? null, n: given.n ?? null, i: given.i ?? null, s: given.s ?? null, id: given.id ?? null },
    ...{ b: given.b ?? null, tags: given.tags ?? null, c: given.c ?? null, l: given.l ?? null },
  }
}
