import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import { MessageType, type SubscribePayload } from 'graphql-ws'
import type { EventStream } from '../stream/EventStream.ts'
import { beginOperation } from './beginOperation.ts'
import type { OperationLine } from './OperationLine.ts'
import type { Room } from './Room.ts'
import type { WebSocketClient } from './webSocketClient.ts'
import type { WebSocketLimits } from './webSocketLimits.ts'

/** Begins what a `subscribe` message asks for, of whatever kind, and sends its results under the client's id for it. */
export function beginWebSocketOperation(request: {
  room: Room
  limits: WebSocketLimits
  client: WebSocketClient
  id: string
  payload: SubscribePayload
}): void {
  const { room, limits, client, id, payload } = request
  const begun = beginOperation({
    room,
    door: 'websocket',
    headers: client.headers,
    identity: () => client.identity,
    connection: client,
    payload,
    refuses() {
      if (client.operations.size >= limits.maxOperationsPerSocket) return { error: tooMany(limits), status: 503 }
      return undefined
    },
  })
  if (begun.kind === 'errors') {
    client.send(messageOf(id, MessageType.Error, JSON.stringify(begun.errors)))
    return
  }
  const { stream, line } = begun
  client.operations.set(id, stream)
  sendResults(client, { id, stream, line }).catch((error: unknown) => {
    room.log.error({ err: error }, 'stream failed')
    client.close(4500, 'Internal server error')
  })
}

/** Sends each result when the client has room for it: whoever reads slowly makes the stream wait, not the socket's buffer. */
async function sendResults(
  client: WebSocketClient,
  { id, stream, line }: { id: string; stream: EventStream; line: OperationLine },
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await stream.next()
      // The client has left it, and may have used its id again.
      if (client.operations.get(id) !== stream) return
      if (done) break
      line.sent(value)
      const room = client.send(messageOf(id, MessageType.Next, value.text))
      if (room) await room
    }
    client.operations.delete(id)
    client.send(`{"id":${JSON.stringify(id)},"type":"${MessageType.Complete}"}`)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    if (client.operations.get(id) !== stream) return
    client.operations.delete(id)
    client.send(messageOf(id, MessageType.Error, JSON.stringify([error])))
  }
}

/** A message around a payload that is JSON already: the same text for all who get it. */
function messageOf(id: string, type: MessageType, payload: string): string {
  return `{"id":${JSON.stringify(id)},"type":"${type}","payload":${payload}}`
}

function tooMany({ maxOperationsPerSocket: max }: WebSocketLimits): GraphQLError {
  return codedError('REQUEST_CONCURRENCY_LIMITED', `Expected at most ${max} operations at a time on one socket`)
}
