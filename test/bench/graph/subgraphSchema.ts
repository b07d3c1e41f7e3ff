import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql'
import type { Source } from './resolveField.ts'
import type { SubgraphName } from './subgraphNames.ts'

/** One subgraph's SDL. `directory` is where the `.graphql` files are. */
export function readSubgraph(directory: string, name: SubgraphName): DocumentNode {
  return parse(readFileSync(`${directory}/${name}.graphql`, 'utf8'))
}

/** Its executable schema with `_entities` and `_service`; references are resolved by the function given. */
export function subgraphSchema(
  typeDefs: DocumentNode,
  resolveReference?: (representation: Source) => Source | null,
): GraphQLSchema {
  const reference: Record<string, (representation: Source) => Source | null> = {}
  if (resolveReference) reference.__resolveReference = resolveReference
  const resolvers: Record<string, typeof reference> = {}
  for (const definition of typeDefs.definitions) {
    if (definition.kind === 'ObjectTypeDefinition' && definition.name.value !== 'Query') {
      resolvers[definition.name.value] = reference
    }
  }
  return buildSubgraphSchema({ typeDefs, resolvers })
}
