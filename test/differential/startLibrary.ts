import { composeServices } from '@apollo/composition'
import type { Running } from '@tributary/runtime'
import { parse } from 'graphql'
import { librarySubgraphs } from './librarySubgraphs.ts'
import { type FixtureSubgraph, serveSubgraph } from './serveSubgraph.ts'

/** Serves the library's subgraphs and composes them. */
export async function startLibrary(): Promise<
  Running & { supergraphSdl: string; subgraphs: readonly FixtureSubgraph[] }
> {
  const subgraphs = await Promise.all(librarySubgraphs.map(serveSubgraph))
  const composed = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })))
  if (composed.errors)
    throw new AggregateError(composed.errors, composed.errors.map(({ message }) => message).join('\n'))
  return {
    supergraphSdl: composed.supergraphSdl,
    subgraphs,
    stop: async () => void (await Promise.all(subgraphs.map((subgraph) => subgraph.stop()))),
  }
}
