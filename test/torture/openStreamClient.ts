import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWebSocketClient } from 'graphql-ws'
import WebSocket from 'ws'
import { iterateObservable } from './iterateObservable.ts'
import type { StreamClient, StreamClientOptions } from './StreamClient.ts'

/** The gateway's four ways to stream, each spoken by the client that people use for it. */
export const protocols = ['graphql-transport-ws', 'sse, distinct', 'sse, single', 'multipart'] as const
export type Protocol = (typeof protocols)[number]

/** Opens the client of a protocol. */
export function openStreamClient(protocol: Protocol, options: StreamClientOptions): StreamClient {
  switch (protocol) {
    case 'graphql-transport-ws':
      return openWebSocket(options)
    case 'sse, distinct':
      return openSse(options, false)
    case 'sse, single':
      return openSse(options, true)
    case 'multipart':
      return openMultipart(options)
    default:
      throw protocol satisfies never
  }
}

function openWebSocket({ url, token }: StreamClientOptions): StreamClient {
  const client = createWebSocketClient({
    url: () => `${url().replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  })
  return {
    subscribe: (request) => client.iterate<Record<string, unknown>>(request),
    stop: async () => client.terminate(),
  }
}

function openSse({ url, token }: StreamClientOptions, singleConnection: boolean): StreamClient {
  const client = createSseClient({
    url: () => `${url()}/graphql`,
    // It writes the token of the event stream into what it is given.
    headers: () => ({ authorization: `Bearer ${token}` }),
    singleConnection,
    retryAttempts: 0,
  })
  return {
    subscribe: (request) => client.iterate<Record<string, unknown>>(request),
    stop: async () => client.dispose(),
  }
}

function openMultipart({ url, token }: StreamClientOptions): StreamClient {
  const link = new HttpLink({ uri: () => `${url()}/graphql`, headers: { authorization: `Bearer ${token}` } })
  // It would give one that subscribes to the same again what is under way, from its middle on.
  const client = new ApolloClient({ link, cache: new InMemoryCache(), queryDeduplication: false })
  return {
    subscribe({ query, variables }) {
      const results = client.subscribe<Record<string, unknown>>({
        query: gql(query),
        variables,
        fetchPolicy: 'no-cache',
        errorPolicy: 'all',
      })
      return iterateObservable(results, ({ data, error }) => {
        if (error && !data) throw error
        return { data, ...(CombinedGraphQLErrors.is(error) && { errors: error.errors }) }
      })
    },
    stop: async () => client.stop(),
  }
}
