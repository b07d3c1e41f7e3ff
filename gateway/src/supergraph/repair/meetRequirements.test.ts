import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import type { QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner'
import { parse } from 'graphql'
import { selectOperation } from '../../operation/selectOperation.ts'
import { createPlanner } from './createPlanner.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n`

describe('a field that requires what requires something, found in the subgraph of that', () => {
  const planOf = planner({
    people: `type Query { sights: [House] near: [House] @provides(fields: "width") }
      type House @key(fields: "id") { id: ID! width: Int @external colour(light: Float): String @requires(fields: "width") }`,
    streets: `type Query { house: House }
      type House @key(fields: "id") { id: ID! width: Int @shareable colour(light: Float): String @external facade: String @requires(fields: "colour") }`,
  })

  test('is asked for when what it requires has been, and that when what it requires has been', () => {
    expect(planOf('{ sights { facade } }')).toEqual([
      'people {sights{__typename id}}',
      'streets sights.@ (id) {width}',
      'people sights.@ (id width) {colour__required_0:colour}',
      'streets sights.@ (id colour) {facade}',
    ])
  })

  test('takes nothing twice from a subgraph that the client wants as well', () => {
    expect(planOf('query ($light: Float) { sights { facade width day: colour(light: $light) } }')).toEqual([
      'people {sights{__typename id}}',
      'streets sights.@ (id) {width}',
      'people sights.@ (id width) {colour__required_0:colour}',
      'streets sights.@ (id colour) {facade}',
      'people sights.@ (width id) {day:colour(light:$light)}',
    ])
  })

  test('is asked for at once with what a @provides gives', () => {
    expect(planOf('{ near { facade } }')).toEqual([
      'people {near{__typename id width colour__required_0:colour}}',
      'streets near.@ (id colour) {facade}',
    ])
  })

  test('has a plan for each setting of the variables in conditions', () => {
    expect(planOf('query ($yes: Boolean!) { sights { id facade @include(if: $yes) } }')).toBeUndefined()
    expect(planOf('query ($yes: Boolean!) { house { id width @include(if: $yes) } }')).toBeDefined()
  })
})

/** A planner whose plans are told as their fetches in order: subgraph, place, what representations give, what is asked for. */
function planner(subgraphs: Record<string, string>): (text: string) => readonly string[] | undefined {
  const services = Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: '', typeDefs: parse(link + sdl) }))
  const { supergraphSdl = '', errors } = composeServices(services)
  if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'))
  const { plan } = createPlanner(Supergraph.build(supergraphSdl), supergraphSdl)
  return (text) => {
    const selected = selectOperation(parse(text), undefined)
    if (selected.kind === 'errors') throw new Error(`Expected an operation, got ${text}`)
    const planned = plan(selected)
    return planned?.node && fetchesOf(planned.node, [])
  }
}

function fetchesOf(node: NonNullable<QueryPlan['node']>, path: readonly (string | number)[]): readonly string[] {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((one) => fetchesOf(one, path))
    case 'Flatten':
      return fetchesOf(node.node, [...path, ...node.path])
    case 'Fetch': {
      const asked = node.operation
        .replace(/^[^{]*({_entities[^{]*{\.\.\.on House)?/, '')
        .replace(node.requires ? /}}$/ : /$^/, '')
      const given = node.requires && `(${node.requires.flatMap(namesOf).join(' ')})`
      return [[node.serviceName, path.join('.'), given, asked].filter((part) => part).join(' ')]
    }
    default:
      throw new Error(`Expected no ${node.kind}`)
  }
}

function namesOf(node: QueryPlanSelectionNode): readonly string[] {
  if (node.kind === 'InlineFragment') return node.selections.flatMap(namesOf)
  return node.name === '__typename' ? [] : [node.name]
}
