import { once } from 'node:events'
import { createServer } from 'node:http'
import { composeServices } from '@apollo/composition'
import { createLog, listen, type StopStack } from '@tributary/runtime'
import { identityHeader, verifyIdentity } from '@tributary/runtime/identity'
import { buildSchema, type GraphQLSchema, graphql, parse } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { createPushStream, type PushStream } from '../pushStream.fixture.ts'

/** What the subgraphs of the fixture sign and are signed with. */
export const fixtureSecret = 'the secret of the fixture'

export const fixtureLog = createLog({ service: 'test', level: 'silent' })

const feedSdl = /* GraphQL */ `
  type Query { ping(message: String = "pong"): String, whoami: String, slow: String }
  type Mutation { bump: Int! }
  type Subscription { ticks(channel: String!): Tick, nothing: Tick, changes(channel: String!, after: Int): Change }
  type Change { seq: Int!, channel: String, progress: Float }
  type Tick { n: Int! item: Item }
  type Item @key(fields: "id", resolvable: false) { id: ID! }
`

const itemsSdl = /* GraphQL */ `
  type Query { itemCount: Int }
  type Item @key(fields: "id") { id: ID! name: String }
`

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n`

/** A supergraph of two subgraphs: `feed` has the subscriptions, `items` the names of what they tell of. */
export const fixtureSupergraphSdl = composeFixture()

function composeFixture(): string {
  const { supergraphSdl, errors } = composeServices([
    { name: 'feed', url: 'http://feed/graphql', typeDefs: parse(link + feedSdl) },
    { name: 'items', url: 'http://items/graphql', typeDefs: parse(link + itemsSdl) },
  ])
  if (!supergraphSdl) throw new AggregateError(errors ?? [], 'The fixture does not compose')
  return supergraphSdl
}

/** Both subgraphs, running. */
export type FixtureGraph = {
  /** Where they are, by name. */
  urls: { feed: string; items: string }
  feed: Feed
  items: Items
}

export type Feed = {
  /** Resolves when so many subscriptions to the channel are open. */
  opened(channel: string, count?: number): Promise<void>
  /** Resolves when no subscription to the channel is open any more. */
  left(channel: string): Promise<void>
  send(channel: string, tick: { n: number; item?: { id: string } }): void
  /** Appends one change to a channel's log, and tells whoever follows its changes. */
  change(channel: string): void
  /** Ends the channel's subscriptions as complete. */
  complete(channel: string): void
  /** How many subscriptions are open, and on how many sockets. */
  counts(): { streams: number; sockets: number }
  /** Destroys every socket, as a crash does. */
  crash(): void
  /** Resolves when `slow` is being asked for, with what ends when the gateway gives it up. */
  slowAsked: Promise<{ gaveUp: Promise<unknown> }>
  /** Resolves when so many ask for `slow`, with what answers them. */
  slowWaits(count: number): Promise<() => void>
  bumps(): number
}

export type Items = {
  /** Resolves when an item is asked for that is held back, and lets it go on by what it gives. */
  hold(id: string): Promise<() => void>
  stop(): Promise<void>
}

/** Starts both subgraphs on free ports. */
export async function startFixtureGraph(running: StopStack): Promise<FixtureGraph> {
  const feed = await startFeed(running)
  const items = await startItems(running)
  return { urls: { feed: feed.url, items: items.url }, feed, items }
}

const directives = 'directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT\n'

async function startFeed(running: StopStack): Promise<Feed & { url: string }> {
  const schema = buildSchema(directives + feedSdl)
  const channels = new Map<string, Set<PushStream>>()
  const waiters = new Set<() => void>()
  /** The newest `seq` of each channel's changes. */
  const logs = new Map<string, number>()
  /** What answers those who ask for `slow`. */
  const slow = new Set<() => void>()
  let bumps = 0
  let askSlow: (asked: { gaveUp: Promise<unknown> }) => void = () => {}
  const slowAsked = new Promise<{ gaveUp: Promise<unknown> }>((resolve) => {
    askSlow = resolve
  })
  const root = {
    ping: ({ message }: { message: string }) => message,
    whoami: (_: unknown, context: { userId: string | undefined }) => context.userId ?? null,
    slow: (_: unknown, { closed }: { closed: Promise<unknown> }) => {
      askSlow({ gaveUp: closed })
      return new Promise((resolve) => {
        slow.add(() => resolve('at last'))
        for (const check of [...waiters]) check()
      })
    },
    bump: () => ++bumps,
    ticks: ({ channel }: { channel: string }) => subscribe(channel),
    changes({ channel, after }: { channel: string; after?: number }) {
      const stream = subscribe(channel)
      const newest = logs.get(channel) ?? 0
      for (let seq = (after ?? newest - 1) + 1; seq <= newest; seq++) stream.push({ changes: { seq, channel } })
      return stream
    },
    nothing: () => {
      const stream = subscribe('nothing')
      stream.end()
      return stream
    },
  }
  const server = serve(schema, root)
  const webSockets = new WebSocketServer({ server })
  const protocol = useServer<Record<string, unknown>, { userId?: string }>(
    {
      schema,
      roots: { subscription: root },
      onConnect: ({ connectionParams }) =>
        verifyIdentity(String(connectionParams?.[identityHeader]), '', fixtureSecret).kind === 'verified',
    },
    webSockets,
    0,
  )
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  running.add({
    async stop() {
      for (const socket of webSockets.clients) socket.terminate()
      await protocol.dispose()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    opened: (channel, count = 1) => until(() => open(channel).size === count),
    left: (channel) => until(() => open(channel).size === 0),
    send(channel, tick) {
      for (const stream of open(channel)) stream.push({ ticks: { item: null, ...tick } })
    },
    change(channel) {
      const seq = (logs.get(channel) ?? 0) + 1
      logs.set(channel, seq)
      for (const stream of open(channel)) stream.push({ changes: { seq, channel } })
    },
    complete(channel) {
      for (const stream of [...open(channel)]) stream.end()
    },
    counts: () => ({
      streams: [...channels.values()].reduce((sum, streams) => sum + streams.size, 0),
      sockets: webSockets.clients.size,
    }),
    crash() {
      for (const socket of webSockets.clients) socket.terminate()
    },
    slowAsked,
    async slowWaits(count) {
      await until(() => slow.size === count)
      return () => {
        for (const answer of slow) answer()
      }
    },
    bumps: () => bumps,
  }

  function open(channel: string): Set<PushStream> {
    const streams = channels.get(channel) ?? new Set()
    channels.set(channel, streams)
    return streams
  }

  function subscribe(channel: string): PushStream {
    const stream = createPushStream(() => {
      open(channel).delete(stream)
      for (const check of [...waiters]) check()
    })
    open(channel).add(stream)
    for (const check of [...waiters]) check()
    return stream
  }

  function until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isTrue()) return
        waiters.delete(check)
        resolve()
      }
      waiters.add(check)
      check()
    })
  }
}

async function startItems(running: StopStack): Promise<Items & { url: string }> {
  const schema = buildSchema(
    `${directives}${itemsSdl.replace('type Query {', 'type Query { _entities(representations: [_Any!]!): [_Entity]!')}
    scalar _Any union _Entity = Item`,
  )
  const held = new Map<string, (letGo: () => void) => void>()
  const root = {
    itemCount: () => 1,
    _entities: ({ representations }: { representations: { id: string }[] }) =>
      representations.map(async ({ id }) => {
        const asked = held.get(id)
        held.delete(id)
        if (asked) await new Promise<void>((letGo) => asked(letGo))
        return { __typename: 'Item', id, name: `item ${id}` }
      }),
  }
  const server = serve(schema, root)
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  let stopping: Promise<void> | undefined
  const items = running.add({
    stop() {
      stopping ??= new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return stopping
    },
  })
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    stop: items.stop,
    hold: (id) => new Promise((resolve) => held.set(id, resolve)),
  }
}

function serve(schema: GraphQLSchema, rootValue: object) {
  return createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const verified = verifyIdentity(request.headers[identityHeader]?.toString(), body, fixtureSecret)
    if (verified.kind === 'refused') return response.writeHead(401).end()
    const { query, variables } = JSON.parse(body)
    const contextValue = { userId: verified.identity?.userId, closed: once(response, 'close') }
    const result = await graphql({ schema, rootValue, source: query, variableValues: variables, contextValue })
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
}
