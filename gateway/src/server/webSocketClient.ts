import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import type { ExecutionResult } from 'graphql'
import { CloseCode, type Server } from 'graphql-ws'
import type { WebSocket } from 'ws'

/** One client's socket and all that hangs on it. */
export type WebSocketClient = {
  /** Those of the upgrade request; `connection_init` may add some. */
  headers: IncomingHttpHeaders
  /** Who `connection_init` said it is, once it is acknowledged. */
  identity: Identity | undefined
  /** Stops waiting for the end of its token. */
  cancelExpiry(): void
  /** What runs on the socket, by the id that the client gave it. Aborting one frees everything below it. */
  operations: Map<string, WebSocketOperation>
  /** How many of them are subscriptions. */
  streamCount: number
  isClosed(): boolean
  /** Frees everything at once, and closes the socket; destroys it if the client does not answer. May be called twice. */
  close(code: number, reason: string): void
  /** Adds what must be undone when the socket closes. */
  onClose(undo: () => void): void
  /** Sends a ping, or destroys the socket if nothing came since the one before; closes it with 1013 if it is not read. */
  checkAlive(): void
}

/** What runs on a client's socket. */
export type WebSocketOperation = {
  /** The client leaves it: everything below is freed at once. */
  abort(): void
  /** A result goes out to the client. */
  sent(result: ExecutionResult): void
}

/** How long a client may take to answer our close frame before its socket is destroyed. */
const closeTimeoutMs = 2_000

/** RFC 6455, section 5.5: a control frame has at most 125 bytes, two of which are the code. */
const maxReasonBytes = 123

/** Puts a client's socket behind the protocol: this is the adapter that graphql-ws's core asks for. */
export function openWebSocketClient(options: {
  ws: WebSocket
  request: IncomingMessage
  protocol: Server<WebSocketClient>
  log: Log
  /** See `WebSocketLimits`. */
  maxUnsentBytes: number
  unreadTimeoutMs: number
}): WebSocketClient {
  const { ws, log } = options
  const undos: (() => void)[] = []
  let isAlive = true
  /** Messages that the client has not taken yet, and when it took one last. */
  let unread = 0
  let lastTakenMs = 0
  const client: WebSocketClient = {
    headers: { ...options.request.headers },
    identity: undefined,
    cancelExpiry() {},
    operations: new Map(),
    streamCount: 0,
    isClosed: () => ws.readyState !== ws.OPEN,
    close(code, reason) {
      // First the socket: what the freed streams would still say must not reach the client as if they had completed.
      if (ws.readyState === ws.OPEN) {
        ws.close(code, Buffer.byteLength(reason) <= maxReasonBytes ? reason : '')
        const timer = setTimeout(() => ws.terminate(), closeTimeoutMs)
        ws.once('close', () => clearTimeout(timer))
      }
      release()
    },
    onClose(undo) {
      undos.push(undo)
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
  const closed = options.protocol.opened(
    {
      protocol: ws.protocol,
      send: (text) =>
        new Promise((resolve) => {
          // A failed write shows as the socket's close, which ends all that runs on it.
          if (ws.readyState !== ws.OPEN) return resolve()
          if (unread++ === 0) lastTakenMs = performance.now()
          ws.send(text, () => {
            unread--
            lastTakenMs = performance.now()
            resolve()
          })
        }),
      close: (code, reason) => client.close(code ?? CloseCode.InternalServerError, reason ?? ''),
      onMessage(receive) {
        ws.on('message', (data, isBinary) => {
          isAlive = true
          // It cannot be told why: it does not read.
          if (ws.bufferedAmount > options.maxUnsentBytes) return ws.terminate()
          if (isBinary) return client.close(CloseCode.BadRequest, 'Expected a text message')
          receive(String(data)).catch((error: unknown) => {
            log.error({ err: error }, 'message handling failed')
            client.close(CloseCode.InternalServerError, 'Internal server error')
          })
        })
      },
    },
    client,
  )
  ws.on('pong', () => {
    isAlive = true
  })
  // Frames against RFC 6455; the socket is closed by `ws` with the code for it.
  ws.on('error', (error) => log.debug({ err: error }, 'client socket failed'))
  ws.once('close', (code, reason) => {
    release()
    closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'closing a socket failed'))
  })
  return client

  function release(): void {
    for (const operation of [...client.operations.values()]) operation.abort()
    for (const undo of undos.splice(0)) undo()
  }
}
