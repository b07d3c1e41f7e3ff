import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { type GraphQLSchema, isAbstractType, isObjectType, parse } from 'graphql'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import type { Generation } from '../../gateway/src/supergraph/Generation.ts'
import { type Graph, withFederation } from './graphs/Graph.ts'
import { readSubgraphFields, type SubgraphFields } from './SubgraphFields.ts'

/** A {@link Graph} composed: what clients, the gateway and the data need to know of it. */
export type ComposedGraph = {
  name: string
  keys: Graph['keys']
  generation: Generation
  /** The merged schema with all that clients do not see. */
  fullSchema: GraphQLSchema
  subgraphs: ReadonlyMap<string, SubgraphFields & { sdl: string }>
  /** The object types that an object of a type of the merged schema may have; hidden ones included. */
  concreteTypes(typename: string): readonly string[]
  /** Whether the subgraph is the one to ask for a field of an object of this type: the interface's, for an interface object. */
  isOwner(subgraph: string, typename: string, field: string): boolean
}

// What the generator makes is bounded: limits are not what is tested here.
const limits = {
  maxAliases: 1_000,
  maxDirectives: 1_000,
  maxSelections: 1_000,
  maxTokens: 10_000,
  maxRootFields: 100,
  maxDefers: 1_000,
  maxFieldDepth: 100,
}

/** Composes a graph. Throws what composition says when the subgraphs do not fit. */
export function composeGraph(graph: Graph): ComposedGraph {
  const services = Object.entries(graph.subgraphs).map(([name, sdl]) => ({ name, sdl: withFederation(sdl) }))
  const composed = composeServices(services.map(({ name, sdl }) => ({ name, url: '', typeDefs: parse(sdl) })))
  if (composed.errors) throw new Error(composed.errors.map(({ message }) => message).join('\n'))
  const { supergraphSdl } = composed
  const fullSchema = Supergraph.build(supergraphSdl).schema.toGraphQLJSSchema()
  const subgraphs = new Map(services.map(({ name, sdl }) => [name, { sdl, ...readSubgraphFields(parse(sdl)) }]))
  const overridden = new Set(
    [...subgraphs.values()].flatMap(({ overrides }) =>
      overrides.map(({ from, typename, field }) => `${from}:${typename}.${field}`),
    ),
  )
  return {
    name: graph.name,
    keys: graph.keys,
    generation: createGeneration({ supergraphSdl, limits, cache: { maxEntries: 1 } }),
    fullSchema,
    subgraphs,
    concreteTypes(typename) {
      const type = fullSchema.getType(typename)
      if (isAbstractType(type)) return fullSchema.getPossibleTypes(type).map(({ name }) => name)
      return isObjectType(type) ? [typename] : []
    },
    isOwner: (subgraph, typename, field) =>
      subgraphs.get(subgraph)?.resolves(typename, field) === true &&
      !overridden.has(`${subgraph}:${typename}.${field}`),
  }
}
