import { ApolloClient, gql, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createStopStack, type StopStack } from '@tributary/runtime'
import {
  type CombinedError,
  type Exchange,
  fetchExchange,
  subscriptionExchange,
  Client as UrqlClient,
} from '@urql/core'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWebSocketClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { readmeLines } from './readmeLines.ts'
import { startTickingGateway, type TickingGraph } from './startTickingGateway.ts'

const query = 'subscription ($after: Int) { changes(after: $after) { seq status } }'

// Apollo Client's link looks at the browser's.
Object.assign(globalThis, { WebSocket })

let running: StopStack
let graph: TickingGraph
beforeEach(async () => {
  running = createStopStack()
  graph = await startTickingGateway(running)
})
afterEach(() => running.stop())

describe('clients that connect again by themselves go on behind the last seq, by the lines of the README', () => {
  test.each(['graphql-ws', 'graphql-sse', 'graphql-sse, single connection'])('%s', async (client) => {
    const shown: unknown[] = []
    let tell = () => {}
    const sees = (count: number) =>
      new Promise<void>((resolve) => {
        tell = () => {
          if (shown.length >= count) resolve()
        }
        tell()
      })
    const names = {
      client: client === 'graphql-ws' ? webSocketClient() : sseClient(client.endsWith('single connection')),
      id: 'job',
      show(update: unknown) {
        shown.push(update)
        tell()
      },
    }
    const ended = new Promise<void>((done, fail) => {
      const lines = new Function(...Object.keys(names), 'done', 'fail', readmeLines('let last'))
      lines(...Object.values(names), done, fail)
    })
    for (const status of ['QUEUED', 'RUNNING', 'RUNNING']) graph.subgraph.change({ status })
    await sees(3)
    for (const seen of [5, 7]) {
      await graph.restart(() => {
        for (const status of ['RUNNING', 'QUEUED']) graph.subgraph.change({ status })
      })
      await sees(seen)
    }
    graph.subgraph.complete()
    await ended
    expect(shown).toEqual(
      ['QUEUED', 'RUNNING', 'RUNNING', 'RUNNING', 'QUEUED', 'RUNNING', 'QUEUED'].map((status, n) => ({
        seq: n + 1,
        job: { status },
      })),
    )
  })
})

describe('urql', () => {
  test.each<[string, () => Exchange]>([
    [
      'by graphql-ws',
      () => {
        const client = webSocketClient()
        return subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, ...(variables && { variables }) }, sink) }),
          }),
        })
      },
    ],
    ['by event stream', () => fetchExchange],
  ])('%s: events in order; leaving frees both sides; errors; queries', async (_, exchange) => {
    const client = new UrqlClient({
      url: graph.gateway.graphqlUrl,
      preferGetMethod: false,
      fetchSubscriptions: true,
      fetchOptions: { headers: { authorization: `Bearer ${graph.token}` } },
      exchanges: [exchange(), fetchExchange],
    })
    const seen: unknown[] = []
    const subscription = client.subscription<{ changes: object }>(query, {}).subscribe(({ data, error }) => {
      seen.push(error ?? data?.changes)
    })
    await graph.subgraph.running(1)
    for (const status of ['QUEUED', 'RUNNING', 'SUCCEEDED']) graph.subgraph.change({ status })
    while (seen.length < 3) await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toMatchObject([
      { seq: 1, status: 'QUEUED' },
      { seq: 2, status: 'RUNNING' },
      { seq: 3, status: 'SUCCEEDED' },
    ])
    subscription.unsubscribe()
    await graph.subgraph.running(0)
    const refused = await new Promise<CombinedError | undefined>((resolve) => {
      client.subscription('subscription { refused }', {}).subscribe(({ error }) => resolve(error))
    })
    expect(refused?.graphQLErrors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect((await client.query('{ nothing }', {}).toPromise()).data).toMatchObject({ nothing: null })
  })
})

test('Apollo Client by GraphQLWsLink: events in order, completion, errors, queries; leaving frees both sides', async () => {
  const client = new ApolloClient({ link: new GraphQLWsLink(webSocketClient()), cache: new InMemoryCache() })
  running.add({ stop: async () => client.stop() })
  const seen: unknown[] = []
  const ended = new Promise<void>((resolve, reject) => {
    client
      .subscribe<{ changes: { seq: number; status: string } }>({ query: gql(query), fetchPolicy: 'no-cache' })
      .subscribe({
        next: ({ data, error }) => (error ? reject(error) : seen.push(data?.changes)),
        error: reject,
        complete: resolve,
      })
  })
  await graph.subgraph.running(1)
  for (const status of ['QUEUED', 'SUCCEEDED']) graph.subgraph.change({ status })
  while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve))
  graph.subgraph.complete()
  await ended
  expect(seen).toMatchObject([
    { seq: 1, status: 'QUEUED' },
    { seq: 2, status: 'SUCCEEDED' },
  ])
  const refused = new Promise((resolve, reject) => {
    const observer = { next: ({ error }: { error?: unknown }) => resolve(error), error: resolve, complete: reject }
    client.subscribe({ query: gql('subscription { refused }') }).subscribe(observer)
  })
  expect(await refused).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  expect((await client.query({ query: gql('{ nothing }') })).data).toEqual({ nothing: null })
  const left = client.subscribe({ query: gql(query) }).subscribe({})
  await graph.subgraph.running(1)
  left.unsubscribe()
  await graph.subgraph.running(0)
})

function webSocketClient() {
  const client = createWebSocketClient({
    url: graph.gateway.webSocketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${graph.token}` },
    retryAttempts: 20,
    retryWait: soon,
  })
  running.add({ stop: async () => client.terminate() })
  return client
}

function sseClient(singleConnection: boolean) {
  const client = createSseClient<boolean>({
    url: graph.gateway.graphqlUrl,
    headers: { authorization: `Bearer ${graph.token}` },
    singleConnection,
    retryAttempts: 20,
    retry: soon,
  })
  running.add({ stop: async () => client.dispose() })
  return client
}

/** So that the suite is short: by themselves they wait a second and more. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100))
}
