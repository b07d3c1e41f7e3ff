/**
 * The source of what starts GraphiQL in the browser: a function of `{ path, title, tabs, createClient, render }`.
 *
 * Queries and mutations go by POST, subscriptions over WebSocket (graphql-ws's `createClient`). The tab's headers go with both: those of a
 * subscription in `connection_init`, for a page cannot set headers on a socket.
 *
 * GraphiQL keeps what its tabs hold in the browser. The examples are for whoever has none yet; a token of an example that was kept is
 * replaced by the one that the page brings, since the old one ends.
 */
export const explorerScript = `({ path, title, tabs, createClient, render }) => {
  const socketUrl = new URL(path, location.href.replace(/^http/, 'ws')).toString()

  const isSubscription = ({ operationName }, options) => {
    const definitions = options?.documentAST?.definitions ?? []
    const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition')
    const chosen = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0]
    return chosen?.operation === 'subscription'
  }

  const subscribe = (request, headers) => {
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

  const post = async (request, headers) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify(request),
    })
    return response.json()
  }

  const token = tabs[0]?.headers && JSON.parse(tabs[0].headers).authorization
  const oldToken = localStorage.getItem('tributary:token')
  if (token && oldToken) {
    for (const key of ['graphiql:tabState', 'graphiql:headers']) {
      const kept = localStorage.getItem(key)
      if (kept) localStorage.setItem(key, kept.replaceAll(oldToken, token))
    }
  }
  if (token) localStorage.setItem('tributary:token', token)

  const first = localStorage.getItem('graphiql:tabState') === null && tabs[0]
  render(document.querySelector('#root'), {
    title,
    shouldPersistHeaders: true,
    fetcher: (request, options) => (isSubscription(request, options) ? subscribe : post)(request, options?.headers ?? {}),
    ...(tabs.length > 0 && { defaultTabs: tabs }),
    ...(first && { initialVariables: first.variables, initialHeaders: first.headers }),
  })
}`
