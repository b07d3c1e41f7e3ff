import { readFileSync } from 'node:fs'
import { type DocumentNode, parse } from 'graphql'

/** The subgraphs that this repository's graph is composed of. */
export const subgraphNames = ['users', 'orders', 'recommendations', 'compute'] as const

export type SubgraphName = (typeof subgraphNames)[number]

/** The hand-written SDL of a subgraph, parsed: `schema/<name>.graphql`. */
export function subgraphSdl(name: SubgraphName): DocumentNode {
  return parse(readFileSync(new URL(`../${name}.graphql`, import.meta.url), 'utf8'))
}

/** The path of the committed supergraph, made by `npm run schema`. */
export const supergraphPath = new URL('../supergraph.graphql', import.meta.url)
