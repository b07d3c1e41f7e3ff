import { composeServices } from '@apollo/composition'
import type { Running } from '@tributary/runtime'
import { parse } from 'graphql'
import { type FixtureSubgraph, serveSubgraph } from './serveSubgraph.ts'

export type RunningGraph = Running & { supergraphSdl: string; subgraphs: readonly FixtureSubgraph[] }

/** Serves subgraphs and composes them. */
export async function startGraph(fixtures: readonly Parameters<typeof serveSubgraph>[0][]): Promise<RunningGraph> {
  const subgraphs = await Promise.all(fixtures.map(serveSubgraph))
  const composed = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })))
  if (composed.errors)
    throw new AggregateError(composed.errors, composed.errors.map(({ message }) => message).join('\n'))
  return {
    supergraphSdl: composed.supergraphSdl,
    subgraphs,
    stop: async () => void (await Promise.all(subgraphs.map((subgraph) => subgraph.stop()))),
  }
}
