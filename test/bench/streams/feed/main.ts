import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, type GraphQLSchema, graphql } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { answerOrders } from '../../process/answerOrders.ts'
import { createFeed } from './createFeed.ts'
import { feedSdl, ownersSdl } from './feedGraph.ts'

/** What the bench tells the subgraphs' process. */
export type FeedOrder =
  /** One change more for every id that somebody follows. Gives {@link Published}. */
  | { kind: 'publish' }
  /** Gives {@link FeedCounts}. */
  | { kind: 'counts' }

/** When the change was made, by the system's monotonic clock, in milliseconds. */
export type Published = { atMs: number }

/** Subscriptions that are open, and how many requests for owners came so far. */
export type FeedCounts = { streams: number; ownerRequests: number }

const directives = 'directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT\n'

async function main(): Promise<void> {
  const feed = createFeed()
  let ownerRequests = 0
  const feedSchema = buildSchema(directives + feedSdl)
  const feedRoot = { updates: feed.follow, newest: () => 0 }
  const feedServer = serve(feedSchema, feedRoot)
  useServer(
    // Long enough for a busy machine: it is not the subgraph that is measured.
    { schema: feedSchema, roots: { subscription: feedRoot }, connectionInitWaitTimeout: 60_000 },
    new WebSocketServer({ server: feedServer }),
  )
  const entities = 'type Query { _entities(representations: [_Any!]!): [_Entity]!'
  const ownersSchema = buildSchema(
    `${directives}${ownersSdl.replace('type Query {', entities)} scalar _Any union _Entity = Owner`,
  )
  const owners = serve(ownersSchema, {
    _entities({ representations }: { representations: { id: string }[] }) {
      ownerRequests++
      return representations.map(({ id }) => ({ __typename: 'Owner', id, name: `owner ${id}` }))
    },
  })
  const urls = { feed: await listenAnywhere(feedServer), owners: await listenAnywhere(owners) }
  answerOrders<FeedOrder>(urls, (order): Published | FeedCounts => {
    switch (order.kind) {
      case 'publish': {
        const atMs = Number(process.hrtime.bigint()) / 1e6
        feed.publish()
        return { atMs }
      }
      case 'counts':
        return { streams: feed.streamCount(), ownerRequests }
      default:
        return order satisfies never
    }
  })
}

function serve(schema: GraphQLSchema, rootValue: object): Server {
  return createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { query, variables } = JSON.parse(body)
    const result = await graphql({ schema, rootValue, source: query, variableValues: variables })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
}

async function listenAnywhere(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve))
  // A server that listens on a port has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
}

await main()
