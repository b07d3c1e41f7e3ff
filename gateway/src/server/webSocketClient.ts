import type { IncomingHttpHeaders } from 'node:http'
import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import { CloseCode } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { EventStream } from '../stream/EventStream.ts'

/** One client's socket and all that hangs on it. */
export type WebSocketClient = {
  /** Those of the upgrade request; `connection_init` may add some. */
  headers: IncomingHttpHeaders
  /** Where it is in the protocol: nothing said yet, being authenticated, or let in. */
  phase: 'opened' | 'initialising' | 'acknowledged'
  /** Who `connection_init` said it is, once it is acknowledged. */
  identity: Identity | undefined
  /** Stops waiting for `connection_init`, later for the end of its token. */
  cancelTimer(): void
  /** What runs on the socket, by the id that the client gave it. */
  operations: Map<string, EventStream>
  /** How many of them are subscriptions. */
  streamCount: number
  isClosed(): boolean
  /** Gives a promise when there is no room for more: it resolves when there is. Dropped when the socket is closed. */
  send(text: string): Promise<void> | undefined
  /** Frees everything at once, and closes the socket; destroys it if the client does not answer. May be called twice. */
  close(code: number, reason: string): void
  /** Sends a ping, or destroys the socket if nothing came since the one before; closes it with 1013 if it is not read. */
  checkAlive(): void
}

export type WebSocketClientOptions = {
  ws: WebSocket
  headers: IncomingHttpHeaders
  log: Log
  /** See `WebSocketLimits`. */
  maxUnsentBytes: number
  unreadTimeoutMs: number
  /** Takes a text message. Whatever it throws closes the socket with 4500. */
  receive(client: WebSocketClient, text: string): Promise<void>
  /** Called once, when the socket is closed, by whomever. */
  onClose(client: WebSocketClient): void
}

/** How long a client may take to answer our close frame before its socket is destroyed. */
const closeTimeoutMs = 5_000

/** RFC 6455, section 5.5: a control frame has at most 125 bytes, two of which are the code. */
const maxReasonBytes = 123

/** What may wait in the socket before its streams do, in bytes: as much as node lets a stream hold by default. */
const maxAheadBytes = 16 * 1024

/** Takes a client's socket that has just been opened. */
export function openWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  const { ws, log } = options
  let isAlive = true
  /** Messages that the client has not taken yet, and when it took one last. */
  let unread = 0
  let lastTakenMs = 0
  let room: Promise<void> | undefined
  let hasRoom: (() => void) | undefined
  const client: WebSocketClient = {
    headers: options.headers,
    phase: 'opened',
    identity: undefined,
    cancelTimer: nothing,
    operations: new Map(),
    streamCount: 0,
    isClosed: () => ws.readyState !== ws.OPEN,
    send(text) {
      if (ws.readyState !== ws.OPEN) return undefined
      if (unread++ === 0) lastTakenMs = performance.now()
      ws.send(text, onTaken)
      if (ws.bufferedAmount <= maxAheadBytes) return undefined
      room ??= new Promise((resolve) => {
        hasRoom = resolve
      })
      return room
    },
    close(code, reason) {
      // First the socket: what the freed streams would still say must not reach the client as if they had completed.
      if (ws.readyState === ws.OPEN) {
        ws.close(code, Buffer.byteLength(reason) <= maxReasonBytes ? reason : '')
        const timer = setTimeout(() => ws.terminate(), closeTimeoutMs)
        ws.once('close', () => clearTimeout(timer))
      }
      release()
    },
    checkAlive() {
      if (ws.readyState !== ws.OPEN) return
      if (unread > 0) {
        // Whoever does not read does not answer pings either: that is slow, not dead.
        isAlive = true
        if (performance.now() - lastTakenMs >= options.unreadTimeoutMs) {
          client.close(1013, 'Expected messages to be read')
        }
        return
      }
      if (!isAlive) return ws.terminate()
      isAlive = false
      ws.ping()
    },
  }
  ws.on('message', (data, isBinary) => {
    isAlive = true
    // It cannot be told why: it does not read.
    if (ws.bufferedAmount > options.maxUnsentBytes) return ws.terminate()
    if (isBinary) return client.close(CloseCode.BadRequest, 'Expected a text message')
    options.receive(client, String(data)).catch((error: unknown) => {
      log.error({ err: error }, 'message handling failed')
      client.close(CloseCode.InternalServerError, 'Internal server error')
    })
  })
  ws.on('pong', () => {
    isAlive = true
  })
  // Frames against RFC 6455; the socket is closed by `ws` with the code for it.
  ws.on('error', (error) => log.debug({ err: error }, 'client socket failed'))
  ws.once('close', () => {
    release()
    options.onClose(client)
  })
  return client

  /** The system has taken a message, or the socket has failed; that shows as its close. */
  function onTaken(): void {
    unread--
    lastTakenMs = performance.now()
    if (unread === 0) giveRoom()
  }

  function giveRoom(): void {
    hasRoom?.()
    room = undefined
    hasRoom = undefined
  }

  function release(): void {
    client.cancelTimer()
    client.cancelTimer = nothing
    const streams = [...client.operations.values()]
    client.operations.clear()
    for (const stream of streams) void stream.return()
    giveRoom()
  }
}

function nothing(): void {}
