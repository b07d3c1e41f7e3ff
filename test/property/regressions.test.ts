import { forumGraph } from './graphs/forumGraph.ts'
import type { Graph } from './graphs/Graph.ts'
import { mediaGraph } from './graphs/mediaGraph.ts'
import { shopGraph } from './graphs/shopGraph.ts'
import { socialGraph } from './graphs/socialGraph.ts'
import { travelGraph } from './graphs/travelGraph.ts'
import { buildSubgraphGraph, type SubgraphGraph } from './SubgraphGraph.ts'
import { tryCase } from './tryCase.ts'

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
      'no error of a field that is left out by a literal, below a field with a variable condition',
      travelGraph,
      'query ($no: Boolean!) { cheapest @skip(if: $no) { to @include(if: false) { city } } }',
      { no: false },
    ],
  ])('%s', async (_, graph, text, variables) => {
    expect(await problemOf(graph, text, variables)).toBeUndefined()
  })
})
