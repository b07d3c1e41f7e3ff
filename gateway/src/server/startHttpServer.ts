import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { drainServer, listen, type Running } from '@tributary/runtime'
import { createPlainDoor, type PlainDoor, type PlainDoorOptions } from './plain/createPlainDoor.ts'

export type HttpServerOptions = {
  port: number
  host: string
  answer: RequestListener
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Who answers plain requests without node:http, if anyone does. */
  plain?: Pick<PlainDoorOptions, 'maxBodyBytes' | 'answer'>
}

export type RunningHttpServer = Running & {
  port: number
  /** How many requests were read without node:http. */
  plainRequests(): number
}

/** How long a connection is kept for another request, in milliseconds. */
const keepAliveMs = 65_000

/**
 * Listens. Clients that are slow to say what they want are dropped: 10 s for the headers, 30 s for the whole request. Stopping takes
 * no new connections, closes idle ones, and lets answers end for up to 10 s. Throws a `StartupError` when the port cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 5_000,
    },
    options.answer,
  )
  const plain = options.plain && readPlainFirst(server, options.plain)
  const draining = drainServer(server)
  server.maxHeadersCount = 100
  server.on('upgrade', options.upgrade)
  const port = await listen(server, { port: options.port, host: options.host, setting: 'PORT' })
  return {
    port,
    plainRequests: () => plain?.requests() ?? 0,
    stop: async () => void (await Promise.all([plain?.stop(), draining.stop()])),
  }
}

/** Lets a plain door have all connections first. */
function readPlainFirst(server: Server, options: NonNullable<HttpServerOptions['plain']>): PlainDoor {
  // What makes a connection node:http's is its own listener.
  const [serve] = server.listeners('connection')
  if (!serve) throw new Error('Expected node:http to listen for connections')
  server.removeAllListeners('connection')
  const door = createPlainDoor({ ...options, keepAliveMs, handOver: (socket) => serve.call(server, socket) })
  server.on('connection', door.accept)
  return door
}
