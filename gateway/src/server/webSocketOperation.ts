import { codedError, type ErrorCode } from '@tributary/schema'
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  GraphQLObjectType,
  GraphQLSchema,
  parse,
} from 'graphql'
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws'
import { defaultStreamLimits, openStream } from '../stream/openStream.ts'
import type { Room } from './Room.ts'
import type { WebSocketClient } from './webSocketClient.ts'
import type { WebSocketLimits } from './webSocketLimits.ts'

/** The longest id that a client may give an operation, in characters. */
const maxIdLength = 128

/** graphql-ws wants execution arguments; these are the same for all, as it is not graphql-js that executes. */
const executionArgs = {
  document: parse('subscription { stream }'),
  schema: new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: {} }) }),
}

/**
 * Begins what a `subscribe` message asks for, of whatever kind: gives graphql-ws the stream to read as `contextValue`, or the
 * errors that keep it from beginning.
 */
export async function beginWebSocketOperation(request: {
  room: Room
  limits: WebSocketLimits
  connection: Context<Record<string, unknown>, WebSocketClient>
  id: string
  payload: SubscribePayload
}): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { room, limits, connection, id, payload } = request
  const client = connection.extra
  if (id.length > maxIdLength) {
    client.close(CloseCode.BadRequest, `Expected an id of at most ${maxIdLength} characters`)
    return [left()]
  }
  if (client.operations.has(id)) {
    // The client has ended it, but its last message is still being written.
    client.close(CloseCode.SubscriberAlreadyExists, 'The id is still in use')
    return [left()]
  }
  const abort = new AbortController()
  const context = room.createContext({ headers: client.headers, identity: client.identity, signal: abort.signal })
  const line = startLine(room, context.requestId)
  client.operations.set(id, { abort: () => abort.abort(), sent: line.sent })
  if (client.operations.size > limits.maxOperationsPerSocket) {
    return refuse([tooMany('REQUEST_CONCURRENCY_LIMITED', limits.maxOperationsPerSocket, 'operations')], 503)
  }
  try {
    const found = await room.current().getOperation(payload.query, payload.operationName ?? undefined)
    // The client may have left, or ended this operation, meanwhile. graphql-ws then sends nothing.
    if (abort.signal.aborted || !(id in connection.subscriptions)) return refuse([left()], 499)
    if (found.kind === 'errors') return refuse(found.errors, 400)
    const { operation } = found
    const isStream = operation.kind === 'subscription'
    line.about(operation)
    if (isStream && client.streamCount >= limits.maxStreamsPerSocket) {
      return refuse([tooMany('SUBSCRIPTION_MAX_LIMIT', limits.maxStreamsPerSocket, 'subscriptions')], 503)
    }
    const opened = openStream({
      operation,
      variables: payload.variables ?? undefined,
      context,
      transport: room.transport,
      upstream: room.upstream,
      limits: {
        ...defaultStreamLimits,
        requestTimeoutMs: room.limits.operationTimeoutMs,
        eventTimeoutMs: Math.min(defaultStreamLimits.eventTimeoutMs, room.limits.operationTimeoutMs),
      },
      onEnd(end) {
        if (isStream) client.streamCount--
        line.end(end.kind === 'left' ? 499 : 200, end.kind === 'failed' ? [end.error] : [])
      },
    })
    if (opened.kind === 'errors') return refuse(opened.errors, 400)
    if (isStream) client.streamCount++
    return { ...executionArgs, contextValue: opened.stream }
  } catch (error) {
    room.log.error({ err: error, requestId: context.requestId }, 'operation could not begin')
    return refuse([codedError('INTERNAL_SERVER_ERROR', 'Internal server error')], 500)
  }

  /** Nothing runs: `errors` go out as the operation's `error` message, which ends it. */
  function refuse(errors: readonly GraphQLFormattedError[], status: number): readonly GraphQLError[] {
    client.operations.delete(id)
    line.end(status, errors)
    return errors.map((error) => (error instanceof GraphQLError ? error : new GraphQLError(error.message, error)))
  }
}

/** Gathers what the log says of an operation, and writes it when it ends. */
function startLine(room: Room, requestId: string) {
  const startedMs = performance.now()
  const codes = new Set<string>()
  let operationName: string | undefined
  let isStream = false
  let results = 0
  return {
    about(operation: { name: string | undefined; kind: string }) {
      operationName = operation.name
      isStream = operation.kind === 'subscription'
    },
    sent(result: ExecutionResult) {
      results++
      if (result.errors) addCodes(result.errors)
    },
    end(status: number, errors: readonly GraphQLFormattedError[]) {
      addCodes(errors)
      room.logOperation({
        requestId,
        door: 'websocket',
        operationName,
        durationMs: performance.now() - startedMs,
        // Whoever leaves a stream after an answer has been answered.
        status: status === 499 && results > 0 ? 200 : status,
        ...(codes.size > 0 && { errorCodes: [...codes] }),
        ...(isStream && { events: results }),
      })
    },
  }

  function addCodes(errors: readonly GraphQLFormattedError[]): void {
    for (const error of errors) {
      if (typeof error.extensions?.code === 'string') codes.add(error.extensions.code)
      // Masked for the client: here is what it was.
      if (error instanceof GraphQLError && error.extensions.code === 'INTERNAL_SERVER_ERROR' && error.originalError) {
        room.log.error({ err: error.originalError, requestId }, 'operation failed')
      }
    }
  }
}

function tooMany(code: ErrorCode, max: number, what: string): GraphQLError {
  return codedError(code, `Expected at most ${max} ${what} at a time on one socket`)
}

/** For an operation whose client is no longer there to read it. */
function left(): GraphQLError {
  return new GraphQLError('The client has left')
}
