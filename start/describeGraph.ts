import { exampleUser, followSubscription, profileQuery, trainMutation } from './examples.ts'
import type { RunningGraph } from './startGraph.ts'

/** What a person who has just started the graph wants to know: where it is, a token, and operations to paste. */
export function describeGraph({ gateway, token }: Pick<RunningGraph, 'gateway' | 'token'>): string {
  const { url, graphqlUrl, webSocketUrl } = gateway
  const page = (path: string) => new URL(path, url).href
  return `
  GraphiQL        ${page('')}
  Apollo Sandbox  ${page('sandbox')}
  GraphQL         ${graphqlUrl}
  Subscriptions   ${webSocketUrl} (graphql-transport-ws)
  Health          ${page('healthz')} and ${page('readyz')}

A token for ${exampleUser.name} (${exampleUser.id}), good for a day. More: npm run token -- --user ID [--scope users:read]

Authorization: Bearer ${token}

A query across three subgraphs, with {"id": "${exampleUser.id}"} as its variables:

${indent(profileQuery)}

A job, and its stream to paste with the id that the mutation gives:

${indent(trainMutation)}

${indent(followSubscription)}

  Ctrl-C stops everything. The data stays.
`
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
