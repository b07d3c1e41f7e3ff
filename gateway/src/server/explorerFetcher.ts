/**
 * The source of GraphiQL's fetcher, a function of the gateway's path and graphql-ws's `createClient`, for the browser. Queries and
 * mutations go by POST, subscriptions over WebSocket; the tab's headers go with both, those of a subscription in `connection_init`,
 * for a page cannot set headers on a socket.
 */
export const explorerFetcher = `(path, createClient) => {
  const socketUrl = new URL(path, location.href.replace(/^http/, 'ws')).toString()
  const isSubscription = ({ query, operationName }, options) => {
    const definitions = options?.documentAST?.definitions ?? []
    const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition')
    if (operations.length === 0) return false
    const chosen = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0]
    return chosen?.operation === 'subscription'
  }
  return (request, options) => {
    const headers = options?.headers ?? {}
    if (isSubscription(request, options)) {
      const client = createClient({ url: socketUrl, connectionParams: headers, retryAttempts: 0 })
      const events = client.iterate(request)
      const next = events.next.bind(events)
      events.next = () => next().catch((error) => {
        if (!(error instanceof CloseEvent)) throw error
        const hint = error.code === 4403 ? ': is the Authorization header good, or has the token expired?' : ''
        throw new Error('The socket was closed with ' + error.code + ' ' + error.reason + hint)
      })
      return events
    }
    return fetch(path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify(request),
    }).then((response) => response.json())
  }
}`
