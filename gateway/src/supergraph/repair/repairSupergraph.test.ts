import { readFileSync } from 'node:fs'
import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { parse, print, printSchema } from 'graphql'
import { createGeneration } from '../createGeneration.ts'
import { repairSupergraph } from './repairSupergraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@external", "@requires", "@provides", "@shareable", "@inaccessible", "@tag"])\n`

describe('the supergraph for the planner', () => {
  test('is the very text where there is nothing to repair', () => {
    const own = readFileSync(new URL('../../../../schema/supergraph.graphql', import.meta.url), 'utf8')
    const plain = compose({
      a: 'type Query { me: User } type User @key(fields: "id") @key(fields: "mail") { id: ID! mail: ID! name(upper: Boolean): String }',
      b: 'type User @key(fields: "id") { id: ID! mail: ID! @external score: Int @requires(fields: "mail") }',
    })
    for (const sdl of [own, plain]) expect(repairSupergraph(sdl).supergraphSdl).toBe(sdl)
  })

  test('differs in order alone where only keys are out of order', () => {
    const sdl = compose({
      a: 'type Query { me: User } type User @key(fields: "id") { id: ID! mail: ID! @shareable }',
      b: `type User @key(fields: "id", resolvable: false) @key(fields: "mail") @key(fields: "id mail", resolvable: false) {
        id: ID! mail: ID! @shareable score: Int }`,
    })
    const { supergraphSdl, syntheticFields } = repairSupergraph(sdl)
    expect(supergraphSdl.split(/\s+/).sort()).toEqual(sdl.split(/\s+/).sort())
    expect(syntheticFields.size).toBe(0)
    expect(supergraphSdl.match(/@join__type\(graph: \w, key: "[^)]*/g)).toEqual([
      '@join__type(graph: A, key: "id"',
      '@join__type(graph: B, key: "mail"',
      '@join__type(graph: B, key: "id", resolvable: false',
      '@join__type(graph: B, key: "id mail", resolvable: false',
    ])
  })

  const inaccessible = compose({
    a: `type Query { me: User } type User @key(fields: "id") { id: ID! }`,
    b: `type User @key(fields: "id") { id: ID! posts(limit: Int!): [Post!] @inaccessible @tag(name: "x") }
      type Post @inaccessible { text(length: Int): String likes__required_0: Int }`,
    c: `type User @key(fields: "id") { id: ID! posts(limit: Int!): [Post!] @external
        digest: String @requires(fields: "posts(limit: 5) { text(length: 9) }")
        digests: String @requires(fields: "posts(limit: 5) { text(length: 5) }") }
      type Post @inaccessible { text(length: Int): String @external }`,
  })

  test('has synthetic fields that its API schema, and that of the generation, hide with what they stand for', () => {
    const { supergraphSdl, syntheticFields } = repairSupergraph(inaccessible)
    expect([...syntheticFields.values()]).toEqual([
      { name: 'text___required_0', field: 'text', args: '(length:9)' },
      { name: 'posts___required_1', field: 'posts', args: '(limit:5)' },
      { name: 'text___required_2', field: 'text', args: '(length:5)' },
    ])
    expect(printSchema(Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema())).not.toContain('__required_')
    const generation = createGeneration({ supergraphSdl: inaccessible })
    expect(printSchema(generation.apiSchema)).not.toContain('__required_')
    expect(generation.supergraphSdl).toBe(inaccessible)
    expect(generation.getOperation('{ me { digest digests } }').kind).toBe('compiled')
  })

  test('drops what was external for no other reason, and keeps what still is', () => {
    const sdl = compose({
      a: `type Query { a: A } type A @key(fields: "id") { id: ID! x(n: Int): Int y(n: Int): Int b: B } type B { z(n: Int): Int }`,
      c: `type A @key(fields: "id") { id: ID! x(n: Int): Int @external s: Int @requires(fields: "x(n: 1)")
          y(n: Int): Int @external t: Int @requires(fields: "... on A { y(n: 2) } b { z }") b: B @external }
        type B { z(n: Int): Int @external }`,
    })
    const { supergraphSdl } = repairSupergraph(sdl)
    const type = parse(supergraphSdl).definitions.find((one) => 'name' in one && one.name?.value === 'A')
    expect(type?.kind === 'ObjectTypeDefinition' && type.fields?.map(print)).toEqual([
      'id: ID!',
      'x(n: Int): Int @join__field(graph: A)',
      'y(n: Int): Int @join__field(graph: A)',
      'b: B @join__field(graph: A) @join__field(graph: C, external: true)',
      's: Int @join__field(graph: C, requires: "x__required_0")',
      't: Int @join__field(graph: C, requires: "...on A{y__required_1}b{z__required_2}")',
      'x__required_0: Int @join__field(graph: A) @join__field(graph: C, external: true)',
      'y__required_1: Int @join__field(graph: A) @join__field(graph: C, external: true)',
    ])
  })

  test('is valid where a subgraph requires, on a type alone, what another requires on its interface', () => {
    const sdl = compose({
      a: `type Query { a: A } interface I { x(n: Int): Int } type A implements I @key(fields: "id") { id: ID! x(n: Int): Int i: I }`,
      b: `type A @key(fields: "id") { id: ID! x(n: Int): Int @external s: Int @requires(fields: "x(n: 1)") }`,
      c: `interface I { x(n: Int): Int } type A implements I @key(fields: "id") { id: ID! x(n: Int): Int @external i: I @external
          t: Int @requires(fields: "i { x(n: 1) }") }`,
    })
    expect(createGeneration({ supergraphSdl: sdl }).getOperation('{ a { s t } }').kind).toBe('compiled')
  })

  function compose(subgraphs: Record<string, string>): string {
    const services = Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: '', typeDefs: parse(link + sdl) }))
    const { supergraphSdl, errors } = composeServices(services)
    if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'))
    return supergraphSdl ?? ''
  }
})
