import { createLog, createStopStack, type Log, type Running } from '@tributary/runtime'
import type { JSONWebKeySet } from 'jose'
import type { GatewaySettings } from './config.ts'
import { type Authenticate, createAuthenticator } from './identity/createAuthenticator.ts'
import { createTokenWatch, type OnTokenEnd } from './identity/createTokenWatch.ts'
import { openRevocations } from './identity/openRevocations.ts'
import { openTokenKeys, type TokenKeySource } from './identity/openTokenKeys.ts'
import { noRevocations } from './identity/Revocations.ts'
import { defaultOperationLimits } from './operation/OperationLimits.ts'
import { createAnswerOperation } from './server/answerOperation.ts'
import { createApolloServer } from './server/apolloServer.ts'
import { createContext } from './server/createContext.ts'
import { createLogOperation } from './server/createLogOperation.ts'
import { createExplorerPage, type ExplorerTab } from './server/explorerPage.ts'
import { createFastDoor } from './server/fastDoor.ts'
import { createHttpDoor } from './server/httpDoor.ts'
import { createHttpStreamDoor } from './server/httpStreamDoor.ts'
import { openTransports } from './server/openTransports.ts'
import { createOriginPolicy } from './server/originPolicy.ts'
import type { Room } from './server/Room.ts'
import { sandboxPage } from './server/sandboxPage.ts'
import { startHttpServer } from './server/startHttpServer.ts'
import { createStreamQuota } from './server/streamQuota.ts'
import { createWebSocketDoor } from './server/webSocketDoor.ts'
import { createStreams } from './stream/createStreams.ts'
import { streamLimitsOf } from './stream/StreamLimits.ts'
import { openGenerations } from './supergraph/openGenerations.ts'
import { sourceOf } from './supergraph/sourceOf.ts'
import { createUpstreams } from './transport/createUpstreams.ts'

export type GatewayOptions = {
  settings: GatewaySettings
  /** Running subgraphs to compose, by name, whatever the settings say of the graph's source. */
  subgraphs?: ReadonlyMap<string, string>
  /** What requests to subgraphs are signed with, whatever the settings say. */
  secret?: string
  /** The keys that tokens are verified with, unless the settings name others. */
  jwks?: JSONWebKeySet
  /** Where revoked tokens are listed, unless the settings name another file. */
  revocationsFile?: string
  /** Examples in GraphiQL, one a tab: the gateway itself knows nothing of the graph that it serves. */
  explorer?: readonly ExplorerTab[]
  log?: Log
  /** False sends every operation through Apollo Server: for tests that compare the two doors. */
  fastDoor?: boolean
}

export type RunningGateway = Running & {
  port: number
  /** Where GraphiQL is: `http://127.0.0.1:4000/`. */
  url: string
  /** Where operations go by HTTP: `http://127.0.0.1:4000/graphql`. */
  graphqlUrl: string
  /** Where operations go over graphql-transport-ws: `ws://127.0.0.1:4000/graphql`. */
  webSocketUrl: string
  /** How many operations went straight to the executor. */
  fastDoorAnswers(): number
  /** How many requests were read without node:http. */
  plainRequests(): number
  /** What clients hold open now: subscriptions by any protocol, and HTTP responses that are streams. */
  streamCounts(): { streams: number; responses: number }
  /** How many versions of the graph are in memory: see `Generations`. */
  generationCount(): number
}

/**
 * Starts the gateway: loads the graph, opens the ways to its subgraphs, and the doors to clients. Stopping turns readiness off at once,
 * closes WebSockets with 1001, lets answers under way end, then closes the rest. Throws a `StartupError` for what a person can put right;
 * nothing is left running then.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { settings } = options
  const log = options.log ?? createLog({ service: 'gateway', level: settings.LOG_LEVEL })
  const secret = options.secret ?? settings.SUBGRAPH_SECRET
  const operationLimits = {
    ...defaultOperationLimits,
    maxTokens: settings.MAX_OPERATION_TOKENS,
    maxDepth: settings.MAX_OPERATION_DEPTH,
    maxFieldDepth: settings.MAX_FIELD_DEPTH,
    maxSelections: settings.MAX_SELECTIONS,
    maxAliases: settings.MAX_ALIASES,
    maxRootFields: settings.MAX_ROOT_FIELDS,
    maxDirectives: settings.MAX_DIRECTIVES,
    maxDefers: settings.MAX_DEFERS,
    allowIntrospection: settings.INTROSPECTION,
  }
  const stack = createStopStack()
  let isDraining = false
  try {
    const { authenticate, onTokenEnd } = await openAuthenticator(options, log, (one) => stack.add(one))
    const generations = stack.add(
      await openGenerations({
        source: sourceOf({ settings, subgraphs: options.subgraphs, secret }),
        ...(settings.SUBGRAPH_URLS && { subgraphUrls: Object.fromEntries(settings.SUBGRAPH_URLS) }),
        limits: operationLimits,
        pollMs: settings.SUPERGRAPH_POLL_MS,
        planningThread: settings.PLANNING_THREAD,
        log,
      }),
    )
    const transports = stack.add(
      openTransports(generations, {
        timeoutMs: settings.SUBGRAPH_TIMEOUT_MS,
        connections: settings.SUBGRAPH_CONNECTIONS,
        pipelining: settings.SUBGRAPH_PIPELINING,
        dedupe: settings.SUBGRAPH_DEDUPE,
        ...(secret !== undefined && { secret }),
      }),
    )
    /** Known when it listens. */
    let address = ''
    const upstream = stack.add(
      createUpstreams({
        subgraphs: (name) => generations.current().subgraphs.get(name),
        protocolOf: settings.SUBGRAPH_STREAMS,
        callbackUrl: () => settings.CALLBACK_URL ?? `http://${address}/callback`,
        limits: { pingIntervalMs: settings.SUBGRAPH_PING_MS },
        secret,
        log,
      }),
    )
    const streams = createStreams({
      upstream,
      isSharing: settings.STREAM_SHARING,
      limits: streamLimitsOf(settings.OPERATION_TIMEOUT_MS),
      onFault: (error) => log.error({ err: error }, 'a shared stream failed'),
    })
    const origins = createOriginPolicy({ origins: settings.CORS_ORIGINS, allowStudio: settings.INTROSPECTION })
    const room: Room = {
      current: generations.current,
      transportOf: transports.of,
      holdTransport: transports.hold,
      openStream: streams.open,
      authenticate,
      onTokenEnd,
      createContext: (request) => createContext(request, settings.FORWARD_HEADERS),
      allowsOrigin: origins.allows,
      logOperation: createLogOperation(log),
      log,
      streams: createStreamQuota({
        maxPerSocket: settings.MAX_STREAMS_PER_SOCKET,
        maxPerUser: settings.MAX_STREAMS_PER_USER,
        maxPerProcess: settings.MAX_STREAMS,
      }),
      limits: {
        maxBodyBytes: settings.MAX_BODY_BYTES,
        operationTimeoutMs: settings.OPERATION_TIMEOUT_MS,
        maxConcurrentOperations: settings.MAX_CONCURRENT_OPERATIONS,
        hasSiblings: settings.GATEWAY_WORKERS > 1,
      },
      isDraining: () => isDraining,
    }
    const apollo = createApolloServer({
      room,
      generations,
      allowIntrospection: settings.INTROSPECTION,
      maxTokens: settings.MAX_OPERATION_TOKENS,
    })
    await apollo.start()
    stack.add(apollo)
    const fastDoor =
      options.fastDoor === false ? undefined : createFastDoor(room, { dedupe: settings.OPERATION_DEDUPE })
    const webSockets = createWebSocketDoor({ room, limits: { maxPendingSockets: settings.MAX_PENDING_SOCKETS } })
    stack.add(webSockets)
    const httpStreams = createHttpStreamDoor(room)
    const http = createHttpDoor({
      room,
      origins,
      answerOperation: createAnswerOperation({ room, fastDoor, apollo, operationLimits, streams: httpStreams }),
      receiveCallback: upstream.receive,
      pages: settings.INTROSPECTION
        ? new Map([
            ['/', createExplorerPage({ title: 'Tributary', tabs: options.explorer ?? [] })],
            ['/sandbox', sandboxPage],
          ])
        : new Map(),
    })
    const { HOST: host, PORT: port } = settings
    const server = await startHttpServer({
      port,
      host,
      answer: http.answer,
      upgrade: webSockets.upgrade,
      ...(fastDoor && { plain: { maxBodyBytes: settings.MAX_BODY_BYTES, answer: http.answerPlain } }),
    })
    // Sockets and streams hold the server open: all are told to stop, then waited for.
    stack.add({ stop: async () => void (await Promise.all([server.stop(), webSockets.stop(), httpStreams.stop()])) })
    address = `${shownHost(host)}:${server.port}`
    return {
      port: server.port,
      url: `http://${address}/`,
      graphqlUrl: `http://${address}/graphql`,
      webSocketUrl: `ws://${address}/graphql`,
      plainRequests: server.plainRequests,
      fastDoorAnswers: () => fastDoor?.answered() ?? 0,
      streamCounts: () => ({ streams: room.streams.count(), responses: httpStreams.count() }),
      generationCount: generations.count,
      stop() {
        isDraining = true
        return stack.stop()
      },
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function openAuthenticator(
  { settings, jwks, revocationsFile }: GatewayOptions,
  log: Log,
  opened: (running: Running) => void,
): Promise<{ authenticate: Authenticate; onTokenEnd: OnTokenEnd }> {
  const source = keySourceOf(settings, jwks)
  // Nobody could tell who a token names: everyone is anonymous, and the header may be passed on as it is.
  if (!source) return { authenticate: () => undefined, onTokenEnd: createTokenWatch(noRevocations) }
  const keys = await openTokenKeys(source, log)
  opened(keys)
  const file = settings.REVOCATIONS_FILE ?? revocationsFile
  const revocations = await openRevocations({ file, redisUrl: settings.REDIS_URL, log })
  opened(revocations)
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = settings
  return {
    authenticate: createAuthenticator({ getKey: keys.getKey, issuer, audience, revocations }),
    onTokenEnd: createTokenWatch(revocations),
  }
}

function keySourceOf(settings: GatewaySettings, jwks: JSONWebKeySet | undefined): TokenKeySource | undefined {
  if (settings.JWKS_URL !== undefined) return { kind: 'url', url: settings.JWKS_URL }
  if (settings.JWKS_FILE !== undefined) return { kind: 'file', path: settings.JWKS_FILE }
  return jwks && { kind: 'set', jwks }
}

/** A host to put in a URL: an address that means all of the machine's is reached at its own. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
