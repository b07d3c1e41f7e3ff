import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginSubscriptionCallback } from '@apollo/server/plugin/subscriptionCallback'
import { createLog, listen, type Running } from '@tributary/runtime'
import { identityHeader, type VerifiedIdentity, verifyIdentity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { createPushStream, type PushStream } from './pushStream.fixture.ts'

/** What the subgraph is signed with. */
export const tickingSecret = 'the secret of the ticking subgraph'

/** A subgraph that speaks graphql-transport-ws, GraphQL over SSE and Apollo's callback protocol, by graphql-ws, graphql-sse and Apollo Server, on one port. */
export type TickingSubgraph = Running & {
  url: string
  port: number
  /** Who was said to ask, for each subscription that came; over a WebSocket for each socket. */
  identities: VerifiedIdentity[]
  /** Resolves when exactly so many subscriptions run. */
  running(count: number): Promise<void>
  /** Appends a change, and tells who follows. */
  change(change: { status: string; progress?: number }): void
  /** Ends what runs as complete. */
  complete(): void
  /** Nothing more is heard of the subgraph, as when its machine is lost; those who subscribe from now on find it restarted. */
  crash(): void
}

export const tickingSdl = /* GraphQL */ `
  type Query { nothing: Int }
  type Subscription {
    "Counts from 1, then completes, or waits."
    tick(count: Int!, thenWait: Boolean): Int
    "The changes behind after, those to come, and so on."
    changes(after: Int): Change
    "The same changes, as a job's."
    jobUpdates(id: ID!, after: Int): JobUpdate
    big(bytes: Int!): String
    refused: Int
  }
  type JobUpdate { seq: Int! job: Job! }
  type Job { id: ID! status: String! }
  type Change { seq: Int! status: String! progress: Float skipped: Int }
`

/** Starts the {@link TickingSubgraph}. With `autoChange` it makes a change each 50 ms since that time (milliseconds since the epoch), also while it was down. */
export async function startTickingSubgraph(options: { port?: number; autoChange?: number }): Promise<TickingSubgraph> {
  const streams = new Set<PushStream>()
  const waiters = new Set<() => void>()
  const identities: VerifiedIdentity[] = []
  const changes: { seq: number; status: string; progress: number | null; skipped: number }[] = []
  const followers = new Set<PushStream>()
  const schema = createSchema({
    tick({ count, thenWait }: { count: number; thenWait?: boolean }) {
      const stream = open()
      for (let tick = 1; tick <= count; tick++) stream.push({ tick })
      if (!thenWait) stream.end()
      return stream
    },
    changes: follow,
    jobUpdates: follow,
    big({ bytes }: { bytes: number }) {
      const stream = open()
      stream.push({ big: 'x'.repeat(bytes) })
      return stream
    },
    refused() {
      throw codedError('NOT_FOUND', 'There is no such thing')
    },
  })

  let hasStopped: () => void = () => {}
  /** What a subgraph that is lost sends never arrives. */
  const stopped = new Promise<Response>((resolve) => {
    hasStopped = () => resolve(new Response(null, { status: 404 }))
  })
  let epoch = { isLost: false }
  const apollo = new ApolloServer({
    schema,
    stopOnTerminationSignals: false,
    logger: createLog({ service: 'ticking', level: 'silent' }),
    plugins: [
      ApolloServerPluginSubscriptionCallback({
        // A gateway that is gone takes nothing: the plugin would let the rejection go unhandled.
        fetcher: (url, { method, headers, body } = {}) =>
          epochs.get(String(url))?.isLost
            ? stopped
            : fetch(url, { method, headers, body: String(body) }).catch(() => new Response(null, { status: 404 })),
      }),
    ],
  })
  const epochs = new Map<string, typeof epoch>()
  await apollo.start()
  const sse = createHandler({ schema })
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  const webSockets = new WebSocketServer({ server })
  const protocol = useServer(
    {
      schema,
      onConnect: ({ connectionParams }) =>
        take(verifyIdentity(String(connectionParams?.[identityHeader]), '', tickingSecret)),
    },
    webSockets,
    0,
  )
  const timer = options.autoChange === undefined ? undefined : setInterval(makeChanges, 50)
  makeChanges()
  const port = await listen(server, { port: options.port ?? 0, host: '127.0.0.1', setting: 'PORT' })
  let stopping: Promise<void> | undefined
  return {
    port,
    url: `http://127.0.0.1:${port}/graphql`,
    identities,
    running: (count) => until(() => streams.size === count),
    change,
    complete() {
      for (const stream of [...streams]) stream.end()
    },
    crash() {
      epoch.isLost = true
      epoch = { isLost: false }
      for (const socket of webSockets.clients) socket.terminate()
      server.closeAllConnections()
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    epoch.isLost = true
    hasStopped()
    await apollo.stop()
    for (const socket of webSockets.clients) socket.terminate()
    await protocol.dispose()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signed = request.headers[identityHeader]?.toString()
    const body = await text(request)
    take(verifyIdentity(signed, body, tickingSecret))
    if (request.headers.accept === 'text/event-stream') {
      const { method, url, headers } = request
      // The body once more, and all else that the handler reads.
      return sse(Object.assign(Readable.from([body]), { method, url, headers }) as IncomingMessage, response)
    }
    const json = JSON.parse(body)
    const { callbackUrl } = json.extensions?.subscription ?? {}
    epochs.set(callbackUrl, epoch)
    const result = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([
          ['content-type', 'application/json'],
          ['accept', String(request.headers.accept)],
        ]),
        search: '',
        body: json,
      },
      context: async () => ({}),
    })
    const answered = result.body.kind === 'complete' ? result.body.string : ''
    response.writeHead(result.status ?? 200, Object.fromEntries(result.headers)).end(answered)
  }

  function take(verified: VerifiedIdentity): boolean {
    identities.push(verified)
    return verified.kind === 'verified'
  }

  function open(): PushStream {
    const stream = createPushStream(() => {
      streams.delete(stream)
      followers.delete(stream)
      for (const check of [...waiters]) check()
    })
    streams.add(stream)
    for (const check of [...waiters]) check()
    return stream
  }

  function follow({ after = 0 }: { after?: number | null }): PushStream {
    const stream = open()
    for (const change of changes.slice(after ?? 0)) stream.push(eventOf(change))
    followers.add(stream)
    return stream
  }

  function change({ status, progress = null }: { status: string; progress?: number | null }): void {
    const made = { seq: changes.length + 1, status, progress, skipped: 0 }
    changes.push(made)
    for (const follower of followers) follower.push(eventOf(made))
  }

  function makeChanges(): void {
    if (options.autoChange === undefined) return
    const due = Math.floor((Date.now() - options.autoChange) / 50)
    while (changes.length < due) change({ status: String(changes.length) })
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

// biome-ignore lint/suspicious/noExplicitAny: each field's arguments are of its own type.
type Subscribers = Record<string, (args: any) => PushStream>

function eventOf(change: { seq: number; status: string }): object {
  return { changes: change, jobUpdates: { seq: change.seq, job: { id: 'job', status: change.status } } }
}

function createSchema(subscribers: Subscribers): GraphQLSchema {
  const schema = buildSchema(tickingSdl)
  for (const [name, field] of Object.entries(schema.getSubscriptionType()?.getFields() ?? {})) {
    field.subscribe = (_, args) => subscribers[name]?.(args)
  }
  return schema
}
