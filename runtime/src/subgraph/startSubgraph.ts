import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js'
import { type SubgraphName, subgraphSdl } from '@tributary/schema'
import { type Identity, identityHeader, verifyIdentity } from '../identity/index.ts'
import type { Log } from '../process/createLog.ts'
import { drainServer } from '../process/drainServer.ts'
import { listen } from '../process/listen.ts'
import type { Running } from '../process/Running.ts'
import { maskErrors } from './maskErrors.ts'
import { serveSubscriptions } from './serveSubscriptions.ts'

export type SubgraphOptions<Context extends object> = {
  name: SubgraphName
  // Generated resolver types are stricter than Apollo's map, which takes any resolver.
  resolvers: object
  port: number
  host: string
  /** The environment variable that sets the port, for the message when it is in use. */
  portSetting: string
  /** What the gateway signs its requests with; undefined answers everyone, as an anonymous client. */
  secret: string | undefined
  log: Log
  /** Made anew for each operation, so that loaders never outlive or cross requests. */
  createContext(request: SubgraphRequest): Context
  /** Whether the subgraph's stores answer, for `/readyz`. */
  isReady(): Promise<boolean>
  /** Asked for every path that is not the subgraph's own; true when it has answered. */
  serveOther?(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/** What a subgraph knows of the operation that it answers. */
export type SubgraphRequest = { identity: Identity | undefined; log: Log }

export type RunningSubgraph = Running & { url: string; port: number }

/** The largest request body, in bytes: a trained model is published in one. */
const maxBodyBytes = 32 * 1024 * 1024

/**
 * Serves a subgraph: `POST /graphql`, subscriptions over graphql-transport-ws on the same path, `/healthz` (this process
 * answers) and `/readyz` (so do its stores). Requests that the gateway did not sign get 401 and `UNAUTHENTICATED`.
 */
export async function startSubgraph<Context extends object>(
  options: SubgraphOptions<Context>,
): Promise<RunningSubgraph> {
  const { log, secret } = options
  const schema = buildSubgraphSchema({
    typeDefs: subgraphSdl(options.name),
    resolvers: options.resolvers as GraphQLResolverMap<unknown>,
  })
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: maskErrors(log),
    logger: log,
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  })
  await apollo.start()

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      log.error({ error }, 'request failed')
      if (!response.headersSent) sendError(response, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error')
    })
  })
  const draining = drainServer(server)
  const subscriptions = serveSubscriptions({ schema, server, options })
  const port = await listen(server, { port: options.port, host: options.host, setting: options.portSetting })
  let stopping: Promise<void> | undefined
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/graphql`,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  async function stop(): Promise<void> {
    await subscriptions.stop()
    await draining.stop()
    await apollo.stop()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0]
    if (path === '/healthz') return sendJson(response, 200, { status: 'healthy' })
    if (path === '/readyz') {
      const isReady = await options.isReady().catch(() => false)
      return sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' })
    }
    if (path !== '/graphql' && (await options.serveOther?.(request, response))) return
    if (path !== '/graphql') return sendError(response, 404, 'NOT_FOUND', 'Expected the path /graphql')
    if (request.method !== 'POST') return sendError(response, 405, 'METHOD_NOT_ALLOWED', 'Expected a POST')
    const body = await readBody(request)
    if (body === undefined) {
      response.setHeader('connection', 'close')
      return sendError(response, 413, 'PAYLOAD_TOO_LARGE', `Expected at most ${maxBodyBytes} bytes`)
    }
    let identity: Identity | undefined
    if (secret !== undefined) {
      const verified = verifyIdentity(header(request, identityHeader), body, secret)
      if (verified.kind === 'refused') return sendError(response, 401, 'UNAUTHENTICATED', verified.reason)
      identity = verified.identity
    }
    const json = parseJson(body)
    if (json === undefined) return sendError(response, 400, 'BAD_REQUEST', 'Expected a JSON body')
    const result = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers: headerMap(request), search: '', body: json },
      context: async () => options.createContext({ identity, log }),
    })
    if (result.body.kind !== 'complete') throw new Error('Expected a complete answer, got an incremental one')
    for (const [name, value] of result.headers) response.setHeader(name, value)
    response.statusCode = result.status ?? 200
    response.end(result.body.string)
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function headerMap(request: IncomingMessage): HeaderMap {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return map
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] })
}
