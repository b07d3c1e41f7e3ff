import { GraphQLError } from 'graphql'
import { CloseCode, type Message, MessageType, parseMessage, stringifyMessage } from 'graphql-ws'
import { isFields } from '../executor/ownField.ts'
import type { Room } from './Room.ts'
import { readConnectionInit } from './readConnectionInit.ts'
import type { WebSocketClient } from './webSocketClient.ts'
import type { WebSocketLimits } from './webSocketLimits.ts'
import { beginWebSocketOperation } from './webSocketOperation.ts'

/** The server's side of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
export type WebSocketProtocol = {
  /** A socket has been opened: the client must say who it is, in time. */
  opened(client: WebSocketClient, protocol: string): void
  receive(client: WebSocketClient, text: string): Promise<void>
}

/** The longest id that a client may give an operation, in characters. */
const maxIdLength = 128

/**
 * The protocol of a room. The messages are graphql-ws's; its server is not used because it writes each result anew for every client that gets it, and
 * keeps several closures and the whole message for each subscription.
 */
export function createWebSocketProtocol(options: {
  room: Room
  limits: WebSocketLimits
  /** Called once for each client that has said who it is. */
  onAcknowledged(client: WebSocketClient): void
}): WebSocketProtocol {
  const { room, limits } = options
  return {
    opened(client, protocol) {
      if (protocol === '') {
        client.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
        return
      }
      const timer = setTimeout(() => {
        client.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout')
      }, limits.connectionInitTimeoutMs)
      client.cancelTimer = () => clearTimeout(timer)
    },
    async receive(client, text) {
      if (client.isClosed()) return
      let message: Message
      try {
        message = parseMessage(text)
      } catch {
        return client.close(CloseCode.BadRequest, 'Invalid message received')
      }
      switch (message.type) {
        case MessageType.ConnectionInit:
          return initialise(client, message.payload)
        case MessageType.Ping:
          await renew(client, message.payload)
          client.send(
            stringifyMessage({ type: MessageType.Pong, ...(message.payload && { payload: message.payload }) }),
          )
          return
        case MessageType.Pong:
          return
        case MessageType.Subscribe: {
          const { id, payload } = message
          if (client.phase !== 'acknowledged') return client.close(CloseCode.Unauthorized, 'Unauthorized')
          if (id.length > maxIdLength) {
            return client.close(CloseCode.BadRequest, `Expected an id of at most ${maxIdLength} characters`)
          }
          if (client.operations.has(id)) {
            return client.close(CloseCode.SubscriberAlreadyExists, 'The id is in use already')
          }
          return beginWebSocketOperation({ room, limits, client, id, payload })
        }
        case MessageType.Complete: {
          const stream = client.operations.get(message.id)
          client.operations.delete(message.id)
          void stream?.return()
          return
        }
        case MessageType.ConnectionAck:
        case MessageType.Next:
        case MessageType.Error:
          return client.close(CloseCode.BadRequest, `Expected no message of the type ${message.type} from a client`)
        default:
          message satisfies never
      }
    },
  }

  async function initialise(client: WebSocketClient, payload: Record<string, unknown> | undefined): Promise<void> {
    if (client.phase !== 'opened') {
      return client.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    }
    client.phase = 'initialising'
    client.cancelTimer()
    const init = readConnectionInit(payload)
    client.headers = { ...client.headers, ...init.headers }
    try {
      client.identity = await room.authenticate(init.authorization ?? client.headers.authorization)
    } catch (error) {
      if (error instanceof GraphQLError) return client.close(CloseCode.Forbidden, 'Forbidden')
      throw error
    }
    // The client may have left meanwhile: a timer armed now would never be cleared.
    if (client.isClosed()) return
    client.phase = 'acknowledged'
    options.onAcknowledged(client)
    watchToken(client)
    client.send(stringifyMessage({ type: MessageType.ConnectionAck }))
  }

  function watchToken(client: WebSocketClient): void {
    client.cancelTimer()
    if (!client.identity) return
    client.cancelTimer = room.onTokenEnd(client.identity, () => client.close(CloseCode.Forbidden, 'Forbidden'))
  }

  /** A `ping` whose payload has a token renews the one that the socket was opened with, of the same user; the `pong` says that it did. */
  async function renew(client: WebSocketClient, payload: unknown): Promise<void> {
    const { authorization } = readConnectionInit(isFields(payload) ? payload : undefined)
    if (authorization === undefined || client.phase !== 'acknowledged') return
    try {
      const identity = await room.authenticate(authorization)
      if (client.isClosed()) return
      if (identity?.userId !== client.identity?.userId) return client.close(CloseCode.Forbidden, 'Forbidden')
      client.identity = identity
      watchToken(client)
    } catch (error) {
      const isRefused = error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
      if (isRefused) return client.close(CloseCode.Forbidden, 'Forbidden')
      // The keys cannot be had now: the old token holds until it ends.
      room.log.error({ err: error }, 'a token could not be renewed')
    }
  }
}
