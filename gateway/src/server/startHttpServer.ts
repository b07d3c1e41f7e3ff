import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listen, type Running } from '@tributary/runtime'

export type HttpServerOptions = {
  port: number
  host: string
  answer: RequestListener
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** How long answers under way may take once the server stops, in milliseconds. */
const drainMs = 10_000

/**
 * Listens. Clients that are slow to say what they want are dropped: 10 s for the headers, 30 s for the whole request. Stopping takes
 * no new connections, closes idle ones, and lets answers end for up to 10 s. Throws a `StartupError` when the port cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<Running & { port: number }> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 },
    options.answer,
  )
  server.maxHeadersCount = 100
  server.on('upgrade', options.upgrade)
  const port = await listen(server, { port: options.port, host: options.host, setting: 'PORT' })
  let stopping: Promise<void> | undefined
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // A connection whose answer ends while the server stops would be kept alive for another one.
  server.on('request', (_request, response) => {
    response.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
  })
  return {
    port,
    stop() {
      stopping ??= new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), drainMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
        // Opened ahead of need, as browsers and fetch do: node does not count them as idle.
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      })
      return stopping
    },
  }
}
