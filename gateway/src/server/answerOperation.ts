import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, HTTPGraphQLResponse } from '@apollo/server'
import type { Identity } from '@tributary/runtime/identity'
import type { ErrorCode } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import { checkLimits } from '../operation/checkLimits.ts'
import type { OperationLimits } from '../operation/OperationLimits.ts'
import type { ApolloContext, OperationContext } from './apolloServer.ts'
import type { AnswerOperation } from './httpDoor.ts'
import type { Room } from './Room.ts'
import { readOperation } from './readOperation.ts'
import { type Refusal, sendRefusal } from './sendError.ts'

export type AnswerOperationOptions = {
  room: Room
  apollo: ApolloServer<ApolloContext>
  operationLimits: OperationLimits
}

/** Errors of an operation that is not valid. GraphQL over HTTP answers them with 200 to who asks for application/json by name. */
const invalidCodes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
])

/**
 * One operation over HTTP (https://graphql.github.io/graphql-over-http): who asks, what is asked within limits, then through Apollo Server
 * to the executor. A client that leaves ends what runs for it, and so does the deadline. Writes the operation's log line.
 */
export function createAnswerOperation({ room, apollo, operationLimits }: AnswerOperationOptions): AnswerOperation {
  return async (request, response) => {
    const startedMs = performance.now()
    const abort = new AbortController()
    let hasLeft = false
    response.once('close', () => {
      if (response.writableFinished) return
      hasLeft = true
      abort.abort()
    })
    let operation: OperationContext | undefined
    let errorCodes: readonly string[] = []
    try {
      const refusal = await answer()
      if (refusal) {
        errorCodes = [refusal.code]
        sendRefusal(response, refusal, request.headers.accept)
      }
    } catch (error) {
      // Whoever leaves in the middle of a body is told nothing.
      if (!hasLeft) {
        response.statusCode = 500
        throw error
      }
    } finally {
      room.logOperation({
        requestId: String(request.headers['x-request-id']),
        door: 'http',
        operationName: operation?.operationName,
        durationMs: performance.now() - startedMs,
        status: hasLeft ? 499 : response.statusCode,
        ...(errorCodes.length > 0 && { errorCodes }),
      })
    }

    async function answer(): Promise<Refusal | undefined> {
      const who = await identify(room, request)
      if (who.kind === 'refused') return who.refusal
      // Who asks changes the answer, and so does this header when nobody verifies it.
      if (request.headers.authorization !== undefined) response.setHeader('cache-control', 'private, no-store')
      const read = await readOperation(request, room.limits.maxBodyBytes)
      if (read.kind === 'refused') return read.refusal
      const tooLarge = read.query === undefined ? undefined : limitsOf(read.query, operationLimits)
      if (tooLarge) return tooLarge

      const context = room.createContext({ headers: request.headers, identity: who.identity, signal: abort.signal })
      const current: OperationContext = {
        generation: room.current(),
        context,
        hasTimedOut: false,
        operationName: undefined,
        errorCodes: [],
      }
      operation = current
      const deadline = setTimeout(() => {
        current.hasTimedOut = true
        abort.abort()
      }, room.limits.operationTimeoutMs)
      try {
        const result = await apollo.executeHTTPGraphQLRequest({
          httpGraphQLRequest: read.request,
          context: async () => ({ operation: current }),
        })
        errorCodes = current.errorCodes
        if (!hasLeft) errorCodes = send(response, result, request.headers.accept) ?? errorCodes
        return undefined
      } finally {
        clearTimeout(deadline)
      }
    }
  }
}

type Identified = { kind: 'identified'; identity: Identity | undefined } | { kind: 'refused'; refusal: Refusal }

async function identify(room: Room, request: IncomingMessage): Promise<Identified> {
  try {
    return { kind: 'identified', identity: await room.authenticate(request.headers.authorization) }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { message } = error
    if (error.extensions.code === 'UNAUTHENTICATED') {
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
      return { kind: 'refused', refusal: { status: 401, code: 'UNAUTHENTICATED', message, headers } }
    }
    room.log.error({ err: error.originalError ?? error }, 'tokens cannot be verified')
    const headers = { 'retry-after': '5' }
    return { kind: 'refused', refusal: { status: 503, code: 'SERVICE_UNAVAILABLE', message, headers } }
  }
}

function limitsOf(query: string, limits: OperationLimits): Refusal | undefined {
  try {
    const error = checkLimits(query, limits)
    // checkLimits gives an ErrorCode.
    return error && { status: 400, code: error.extensions.code as ErrorCode, message: error.message }
  } catch {
    // Not even tokens: the parser says so better.
    return undefined
  }
}

/** Writes Apollo Server's answer. Gives the codes of its errors when it has no status of success: those it never told its plugins. */
function send(response: ServerResponse, result: HTTPGraphQLResponse, accept = ''): readonly string[] | undefined {
  if (result.body.kind !== 'complete') throw new Error('Expected a complete answer, got an incremental one')
  for (const [name, value] of result.headers) {
    if (name !== 'cache-control' || !response.hasHeader('cache-control')) response.setHeader(name, value)
  }
  const status = result.status ?? 200
  const codes = status === 200 ? undefined : codesOf(result.body.string)
  const type = result.headers.get('content-type') ?? ''
  const isPlainJson = type.startsWith('application/json') && /(^|[,\s])application\/json/.test(accept)
  response.statusCode = status === 400 && isPlainJson && codes?.every((code) => invalidCodes.has(code)) ? 200 : status
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  response.end(result.body.string)
  return codes
}

function codesOf(answer: string): readonly string[] {
  // Apollo Server has just written it.
  const { errors = [] } = JSON.parse(answer) as { errors?: { extensions?: { code?: unknown } }[] }
  return [...new Set(errors.map(({ extensions }) => String(extensions?.code)))]
}
