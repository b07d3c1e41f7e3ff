/* global YogaGraphiQL, graphqlWs, explorerOptions */
// Runs in the explorer's page, after GraphiQL and graphql-ws's client.
const { endpoint, ...options } = explorerOptions

/** GraphiQL's fetcher: queries and mutations by POST, subscriptions over a socket; both carry the header editor's headers. */
function fetcher({ query, variables, operationName }, { headers, documentAST } = {}) {
  const definitions = documentAST?.definitions ?? []
  const operation = definitions.find(
    ({ kind, name }) => kind === 'OperationDefinition' && (!operationName || name?.value === operationName),
  )
  const request = { query, variables, operationName }
  return operation?.operation === 'subscription' ? subscribe(request, headers) : post(request, headers)
}

async function post(request, headers) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(request),
  })
  return response.json()
}

/** A socket for each stream, so that it carries the headers as they are now. It closes with the stream. */
function subscribe(request, headers) {
  const url = new URL(endpoint, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const client = graphqlWs.createClient({ url: url.href, connectionParams: headers ?? {}, retryAttempts: 3 })
  const events = client.iterate(request)
  return {
    next: () => events.next().catch(asErrors),
    return: () => events.return(),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** What ended the socket, as people can read it. */
function asErrors(error) {
  if (Array.isArray(error)) throw error
  if (error instanceof CloseEvent) {
    throw new Error(
      error.code === 4403 ? 'The token was refused (4403)' : `The socket closed: ${error.code} ${error.reason}`,
    )
  }
  throw error
}

YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { ...options, fetcher })
