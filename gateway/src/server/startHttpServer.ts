import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import { drainServer, listen, type Running } from '@tributary/runtime'

export type HttpServerOptions = {
  port: number
  host: string
  answer: RequestListener
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/**
 * Listens. Clients that are slow to say what they want are dropped: 10 s for the headers, 30 s for the whole request. Stopping takes
 * no new connections, closes idle ones, and lets answers end for up to 10 s. Throws a `StartupError` when the port cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<Running & { port: number }> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 },
    options.answer,
  )
  const draining = drainServer(server)
  server.maxHeadersCount = 100
  server.on('upgrade', options.upgrade)
  const port = await listen(server, { port: options.port, host: options.host, setting: 'PORT' })
  return { port, stop: draining.stop }
}
