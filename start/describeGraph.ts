import { exampleUser, followSubscription, profileQuery, trainMutation } from './examples.ts'

/** What a person who has just started the graph wants to know: where it is, a token, and operations to paste. */
export function describeGraph({ url, token }: { url: string; token: string }): string {
  const endpoint = `${url}/graphql`
  return `
  GraphiQL         ${url}/            Apollo Sandbox   ${url}/sandbox
  GraphQL          ${endpoint}     subscriptions: ${endpoint.replace(/^http/, 'ws')} (graphql-transport-ws)
  Health           ${url}/healthz     ${url}/readyz

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
