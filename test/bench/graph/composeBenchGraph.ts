import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import type { GraphQLSchema } from 'graphql'
import { type SubgraphName, subgraphNames } from './subgraphNames.ts'
import { readSubgraph } from './subgraphSchema.ts'

/** The bench graph: what a gateway is given, and the schema its clients see. */
export type BenchGraph = { supergraphSdl: string; apiSchema: GraphQLSchema }

/** Composes the four subgraphs. Throws with composition's reasons when the SDL is wrong. */
export function composeBenchGraph(directory: string, urls: Record<SubgraphName, string>): BenchGraph {
  const composed = composeServices(
    subgraphNames.map((name) => ({ name, url: urls[name], typeDefs: readSubgraph(directory, name) })),
  )
  if (!composed.supergraphSdl) {
    throw new Error(`The bench graph does not compose: ${composed.errors?.map((error) => error.message).join('; ')}`)
  }
  const apiSchema = Supergraph.build(composed.supergraphSdl).apiSchema().toGraphQLJSSchema()
  return { supergraphSdl: composed.supergraphSdl, apiSchema }
}
