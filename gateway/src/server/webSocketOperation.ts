import { codedError } from '@tributary/schema'
import { type ExecutionArgs, GraphQLError, GraphQLObjectType, GraphQLSchema, parse } from 'graphql'
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws'
import { beginOperation } from './beginOperation.ts'
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
  const operation = { abort: () => abort.abort(), sent: () => {} }
  client.operations.set(id, operation)
  const begun = beginOperation({
    room,
    door: 'websocket',
    headers: client.headers,
    identity: () => client.identity,
    connection: client,
    signal: abort.signal,
    payload,
    refuses() {
      if (client.operations.size > limits.maxOperationsPerSocket) return { error: tooMany(limits), status: 503 }
      return undefined
    },
  })
  if (begun.kind === 'errors') {
    client.operations.delete(id)
    return begun.errors
  }
  client.operations.set(id, { ...operation, sent: begun.line.sent })
  return { ...executionArgs, contextValue: begun.stream }
}

function tooMany({ maxOperationsPerSocket: max }: WebSocketLimits): GraphQLError {
  return codedError('REQUEST_CONCURRENCY_LIMITED', `Expected at most ${max} operations at a time on one socket`)
}

/** For an operation whose client is no longer there to read it. */
function left(): GraphQLError {
  return new GraphQLError('The client has left')
}
