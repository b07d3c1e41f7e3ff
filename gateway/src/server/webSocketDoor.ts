import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Running } from '@tributary/runtime'
import { handleProtocols } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { Room } from './Room.ts'
import { openWebSocketClient, type WebSocketClient } from './webSocketClient.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from './webSocketLimits.ts'
import { createWebSocketProtocol } from './webSocketProtocol.ts'

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
    // One message a turn: what one client asks for at once does not hold up the others.
    allowSynchronousEvents: false,
  })
  const protocol = createWebSocketProtocol({ room, limits, onAcknowledged: (client) => void pending.delete(client) })
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
        headers: { ...request.headers },
        log: room.log,
        maxUnsentBytes: limits.maxUnsentBytes,
        unreadTimeoutMs: limits.unreadTimeoutMs,
        receive: protocol.receive,
        onClose: leave,
      })
      clients.add(client)
      pending.add(client)
      protocol.opened(client, ws.protocol)
    })
  }

  function leave(client: WebSocketClient): void {
    clients.delete(client)
    pending.delete(client)
    if (clients.size === 0) allGone?.()
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
