import type { GraphQLFormattedError } from 'graphql'
import { type Identity, identityHeader, signIdentity } from '../identity/index.ts'

/** An answer as it came; `data` is of any shape, for the test's expectations to check. */
export type SubgraphAnswer = { data: unknown; errors?: readonly GraphQLFormattedError[] }

/** Sends an operation to a subgraph, signed as the gateway would sign it. */
export async function askSubgraph(options: {
  url: string
  secret: string
  query: string
  variables?: Record<string, unknown>
  /** Who asks; an anonymous client when left out. */
  identity?: Identity | undefined
}): Promise<SubgraphAnswer> {
  const body = JSON.stringify({ query: options.query, variables: options.variables })
  const response = await fetch(options.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [identityHeader]: signIdentity(options.identity, body, options.secret),
    },
    body,
  })
  // What a GraphQL server answers with: https://spec.graphql.org/October2021/#sec-Response-Format
  return (await response.json()) as SubgraphAnswer
}

/** An identity that is good for an hour. */
export function testIdentity(userId: string, ...scopes: string[]): Identity {
  return { userId, scopes, expiresAtMs: Date.now() + 3_600_000 }
}
