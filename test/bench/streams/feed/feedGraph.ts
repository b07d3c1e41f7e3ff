import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/** A subgraph that tells of changes, numbered as those of jobs are, and one that knows who they belong to. */
export const feedSdl = /* GraphQL */ `
  type Query { newest(id: ID!): Int }
  type Subscription { updates(id: ID!, after: Int): Update }
  type Update { seq: Int! status: String! progress: Float skipped: Int! owner: Owner }
  type Owner @key(fields: "id", resolvable: false) { id: ID! }
`

export const ownersSdl = /* GraphQL */ `
  type Query { owners: Int }
  type Owner @key(fields: "id") { id: ID! name: String }
`

/** What all clients subscribe to: an event has a field of the other subgraph. */
export const followQuery =
  'subscription Follow($id: ID!, $after: Int) { updates(id: $id, after: $after) { seq status progress skipped owner { id name } } }'

/** The supergraph of both. */
export function composeFeedGraph(urls: { feed: string; owners: string }): string {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n'
  const { supergraphSdl, errors } = composeServices([
    { name: 'feed', url: urls.feed, typeDefs: parse(link + feedSdl) },
    { name: 'owners', url: urls.owners, typeDefs: parse(link + ownersSdl) },
  ])
  if (!supergraphSdl) throw new AggregateError(errors ?? [], 'The graph of the stream bench does not compose')
  return supergraphSdl
}
