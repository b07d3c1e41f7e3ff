import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Running } from '@tributary/runtime'
import { GraphQLError } from 'graphql'
import { CloseCode, type Context, handleProtocols, makeServer } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { isFields } from '../executor/ownField.ts'
import { callAt } from '../stream/callAt.ts'
import type { EventStream } from '../stream/EventStream.ts'
import type { Room } from './Room.ts'
import { readConnectionInit } from './readConnectionInit.ts'
import { openWebSocketClient, type WebSocketClient } from './webSocketClient.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from './webSocketLimits.ts'
import { beginWebSocketOperation } from './webSocketOperation.ts'

export type WebSocketDoorOptions = {
  room: Room
  limits?: Partial<WebSocketLimits>
}

export type WebSocketDoor = Running & {
  /** The HTTP server's `upgrade` listener. Answers 403 to origins that are not allowed, 404 to other paths, 503 while stopping. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** What is open now, exactly: sockets, and the subscriptions on them. */
  counts(): { sockets: number; streams: number }
}

/**
 * graphql-transport-ws for clients, on `/graphql`: queries, mutations and subscriptions. Who asks is said in `connection_init`;
 * when the token expires, the socket closes with 4403, unless a `ping` has brought a newer one: `{"authorization": "Bearer …"}`.
 */
export function createWebSocketDoor({ room, ...options }: WebSocketDoorOptions): WebSocketDoor {
  const limits = { ...defaultWebSocketLimits, ...options.limits }
  const clients = new Set<WebSocketClient>()
  /** Sockets before their acknowledgement. */
  const pending = new Set<WebSocketClient>()
  let stopping: Promise<void> | undefined
  let allGone: (() => void) | undefined

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: room.limits.maxBodyBytes,
    handleProtocols,
    // One message a turn: what a `complete` frees is freed before the next message, which may use its id again.
    allowSynchronousEvents: false,
  })
  const protocol = makeServer<Record<string, unknown>, WebSocketClient>({
    connectionInitWaitTimeout: limits.connectionInitTimeoutMs,
    onConnect: connect,
    onPing: renew,
    onSubscribe: (connection, id, payload) => beginWebSocketOperation({ room, limits, connection, id, payload }),
    // beginWebSocketOperation put it there; operations of every kind come this way.
    subscribe: (args) => args.contextValue as EventStream,
    onNext({ extra }, id, _payload, _args, result) {
      extra.operations.get(id)?.sent(result)
      // Errors are written by their toJSON, or are plain already.
      return result
    },
    onComplete: ({ extra }, id) => void extra.operations.delete(id),
  })
  const pingTimer = setInterval(() => {
    for (const client of clients) client.checkAlive()
  }, limits.pingIntervalMs)

  return {
    upgrade,
    counts() {
      let streams = 0
      for (const client of clients) streams += client.streamCount
      return { sockets: clients.size, streams }
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    if (request.url?.split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found')
    if (!room.allowsOrigin(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden')
    if (stopping || room.isDraining() || pending.size >= limits.maxPendingSockets) {
      return refuse(socket, '503 Service Unavailable')
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const client = openWebSocketClient({
        ws,
        request,
        protocol,
        log: room.log,
        maxUnsentBytes: limits.maxUnsentBytes,
        unreadTimeoutMs: limits.unreadTimeoutMs,
      })
      clients.add(client)
      pending.add(client)
      ws.once('close', () => {
        clients.delete(client)
        pending.delete(client)
        if (clients.size === 0) allGone?.()
      })
    })
  }

  async function connect({ connectionParams, extra: client }: Context<Record<string, unknown>, WebSocketClient>) {
    const init = readConnectionInit(connectionParams)
    client.headers = { ...client.headers, ...init.headers }
    try {
      client.identity = await room.authenticate(init.authorization ?? client.headers.authorization)
    } catch (error) {
      const isRefused = error instanceof GraphQLError
      if (!isRefused) room.log.error({ err: error }, 'authentication failed')
      if (isRefused) client.close(CloseCode.Forbidden, 'Forbidden')
      else client.close(CloseCode.InternalServerError, 'Internal server error')
      return false
    }
    // The client may have left meanwhile: a timer armed now would never be cleared.
    if (client.isClosed()) return false
    pending.delete(client)
    client.onClose(() => client.cancelExpiry())
    armExpiry(client)
    return true
  }

  function armExpiry(client: WebSocketClient): void {
    client.cancelExpiry()
    if (!client.identity) return
    client.cancelExpiry = callAt(client.identity.expiresAtMs, () => client.close(CloseCode.Forbidden, 'Forbidden'))
  }

  /** A `ping` whose payload has a token renews the one that the socket was opened with, of the same user; the `pong` says that it did. */
  async function renew(connection: Context<Record<string, unknown>, WebSocketClient>, payload: unknown): Promise<void> {
    const { authorization } = readConnectionInit(isFields(payload) ? payload : undefined)
    const { extra: client } = connection
    if (authorization === undefined || !connection.acknowledged) return
    try {
      const identity = await room.authenticate(authorization)
      if (client.isClosed()) return
      if (identity?.userId !== client.identity?.userId) return client.close(CloseCode.Forbidden, 'Forbidden')
      client.identity = identity
      armExpiry(client)
    } catch (error) {
      const isRefused = error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
      if (isRefused) return client.close(CloseCode.Forbidden, 'Forbidden')
      // The keys cannot be had now: the old token holds until it ends.
      room.log.error({ err: error }, 'a token could not be renewed')
    }
  }

  async function stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      allGone = resolve
      if (clients.size === 0) resolve()
    })
    for (const client of clients) client.close(1001, 'Going away')
    await gone
    clearInterval(pingTimer)
    sockets.close()
  }
}

/** Answers an upgrade that is not let in, and ends the connection. */
function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}
