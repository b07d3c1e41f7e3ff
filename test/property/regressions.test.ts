import { forumGraph } from './graphs/forumGraph.ts'
import type { Graph } from './graphs/Graph.ts'
import { mediaGraph } from './graphs/mediaGraph.ts'
import { shopGraph } from './graphs/shopGraph.ts'
import { socialGraph } from './graphs/socialGraph.ts'
import { townGraph } from './graphs/townGraph.ts'
import { travelGraph } from './graphs/travelGraph.ts'
import { yardGraph } from './graphs/yardGraph.ts'
import { buildSubgraphGraph, type SubgraphGraph } from './SubgraphGraph.ts'
import { tryCase } from './tryCase.ts'

/** The smallest graph with a field, `facade`, that requires what requires something itself. */
const townChain: Graph = {
  name: 'chain',
  subgraphs: {
    people: `
      union Sight = House | Statue
      type House @key(fields: "id") { id: ID! colour: String @requires(fields: "width") width: Int @external }
      type Statue { height: Int }
      type Query { sights: [Sight!] }
    `,
    streets: `
      type House @key(fields: "id") { id: ID! width: Int colour: String @external facade: String @requires(fields: "colour") twin: House }
      type Query { house: House }
    `,
  },
  keys: { House: { id: (n) => `house${n}` } },
}

/** Interface objects that require something of each other. */
const itemChain: Graph = {
  name: 'items',
  subgraphs: {
    items: `
      interface Item @key(fields: "id") { id: ID! size: Int }
      type Book implements Item @key(fields: "id") { id: ID! size: Int pages: Int }
      type Film implements Item @key(fields: "id") { id: ID! size: Int }
      type Query { item: Item book: Book }
    `,
    rates:
      'type Item @interfaceObject @key(fields: "id") { id: ID! size: Int @external rate: Int @requires(fields: "size") }',
    prices: `
      type Item @interfaceObject @key(fields: "id") { id: ID! rate: Int @external price(day: Int): Int @requires(fields: "rate") like: [Item] }
      type Query { hot: Item }
    `,
  },
  keys: { Book: { id: (n) => `book${n}` }, Film: { id: (n) => `film${n}` } },
}

describe('what random operations have found', () => {
  const graphs = new Map<Graph, SubgraphGraph>()
  const problemOf = async (graph: Graph, text: string, variables: Record<string, unknown>) => {
    const known = graphs.get(graph) ?? buildSubgraphGraph(graph)
    graphs.set(graph, known)
    for (let seed = 0; seed < 20; seed++) {
      const problem = await tryCase(
        known,
        { text, variables, reference: { text, variables } },
        { seed, nulls: 0.1, errors: 0.03 },
      )
      if (problem) return problem
    }
    return undefined
  }

  test.each<[string, Graph, string, Record<string, unknown>]>([
    [
      'a field that requires others, skipped, beside one that is not',
      travelGraph,
      '{ flights { path load @include(if: false) } }',
      {},
    ],
    [
      'a field that requires others, skipped by a variable, the subgraph coming back to its own entities',
      travelGraph,
      'query ($yes: Boolean!) { cheapest { path ... @skip(if: $yes) { load } } }',
      { yes: true },
    ],
    [
      'a field that requires others, asked of one type alone, beside one of all',
      shopGraph,
      '{ products { places { level } ... on Sofa { value } } }',
      {},
    ],
    ['a field that requires others, asked of one type alone', mediaGraph, '{ top { ... on Magazine { shout } } }', {}],
    [
      'a field that requires others, asked of one type alone, beside one of another',
      mediaGraph,
      '{ allMedia { ... on Magazine { fans { email } } ... on Book { shout } } }',
      {},
    ],
    [
      'a field under another interface, on an interface object',
      mediaGraph,
      '{ top { ... on Printed { isbn ... on Book { pages } } } }',
      {},
    ],
    [
      'a field under another interface, on an object type of an interface object',
      mediaGraph,
      'query ($yes: Boolean!) { hit { ... on Magazine { ... on Printed @skip(if: $yes) { isbn } } } }',
      { yes: true },
    ],
    [
      'a field under a union, on an interface object',
      mediaGraph,
      '{ hit { ... on Found { __typename ... on Film { minutes shout } } } }',
      {},
    ],
    [
      'a field under an interface of an interface, on an interface object',
      forumGraph,
      '{ hottest { ... on Titled { title rank: __typename } rivals { ...T } } } fragment T on Titled { title }',
      {},
    ],
    [
      'one response name for a field with different arguments, on types of which an interface object is asked',
      forumGraph,
      `query ($constructor: Int = 5) {
        hottest { ... on Poll { rivals { id } heat } ... on Post { rivals(first: $constructor) { place } heat: place } } }`,
      {},
    ],
    [
      'the effects of a mutation in order, through fragments',
      socialGraph,
      'mutation { set(mood: GLAD) ...M b: publish(text: "x") { id } } fragment M on Mutation { c: set(mood: SAD) ... { d: shout(text: "y") { name } } }',
      {},
    ],
    [
      'the effects of a mutation once each, where two selections of one field are apart',
      socialGraph,
      `mutation ($yes: Boolean!) { a: update(filter: {}) { id } b: publish(text: "x") { id } ...M a: update(filter: {}) { name } }
        fragment M on Mutation { a: update(filter: {}) @include(if: $yes) { id posts { text } } }`,
      { yes: true },
    ],
    [
      'the effects of a mutation in order, where what comes first is left out',
      socialGraph,
      `mutation ($yes: Boolean!) { a: update(filter: {}) @skip(if: $yes) { name } b: publish(text: "x") { id } c: set(mood: SAD)
        a: update(filter: {}) { id posts { text } } }`,
      { yes: true },
    ],
    [
      'the effects of a mutation in order, where two conditions leave out what comes first',
      socialGraph,
      `mutation ($no: Boolean!, $yes: Boolean!) { a: shout(text: "") @include(if: $no) @skip(if: $yes) { name } b: publish(text: "x") { id }
        a: shout(text: "") { mood } }`,
      { no: false, yes: true },
    ],
    [
      'the effects of a mutation in order, where a fragment that is left out comes again',
      townGraph,
      `mutation ($yes: Boolean!, $no: Boolean!) { ...M @skip(if: $yes) @include(if: $no) __typename pave(where: {}) { shops { id } } ...M }
        fragment M on Mutation { __typename move(to: "x") { __typename } }`,
      { yes: false, no: false },
    ],
    [
      'a field of a mutation twice under one condition, once of them under another as well',
      mediaGraph,
      `mutation ($no: Boolean!, $yes: Boolean!) {
        ... @include(if: $no) { rename(name: "") @include(if: $yes) { email } rename(name: "") { favourite { __typename } } } }`,
      { no: false, yes: true },
    ],
    [
      'a field of a mutation whose conditions leave out what requires something',
      forumGraph,
      `mutation ($no: Boolean!, $yes: Boolean!) { publish(title: "x") { rivals { heat2 } }
        ... on Mutation @skip(if: $no) { publish(title: "x") @skip(if: $yes) { heat2 } } }`,
      { no: false, yes: true },
    ],
    [
      'a field that requires what requires something, where the entity is found in the subgraph of that',
      townChain,
      '{ sights { ... on House { facade } } }',
      {},
    ],
    ['the same beside what it requires', townChain, '{ sights { ... on House { width colour facade } } }', {}],
    [
      'the same through a fragment that is spread twice',
      townChain,
      '{ sights { ...F ... on House { twin { ...F } } } } fragment F on House { width facade }',
      {},
    ],
    [
      'a chain of three, each in another subgraph',
      yardGraph,
      '{ eldest { due born } captain { pay mates { pay } } }',
      {},
    ],
    [
      'a field that one interface object requires of another, which requires one of the interface',
      itemChain,
      `query ($yes: Boolean!, $day: Int) { item { price like { rate __typename ... on Book { pages price(day: $day) } } } book { price @skip(if: $yes) }
        hot { price __typename ... on Film { rate } } }`,
      { yes: false, day: 3 },
    ],
    [
      'what a field under a condition and one without both lead to',
      yardGraph,
      'query ($yes: Boolean!) { eldest { born pay @include(if: $yes) } ship { fee @include(if: $yes) fee2 } }',
      { yes: false },
    ],
    [
      'no error of a field that is left out by a literal, below a field with a variable condition',
      travelGraph,
      'query ($no: Boolean!) { cheapest @skip(if: $no) { to @include(if: false) { city } } }',
      { no: false },
    ],
  ])('%s', async (_, graph, text, variables) => {
    expect(await problemOf(graph, text, variables)).toBeUndefined()
  })
})
