import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Running } from './Running.ts'

/** How long answers under way may take once a server stops, in milliseconds. */
export const drainMs = 10_000

/**
 * Stopping takes no new connections, closes idle ones, those that become idle, and those that were opened ahead of need, and lets answers
 * end for up to 10 s. A client that keeps its connection busy is told with each answer that it was the last. Called before the server listens.
 */
export function drainServer(server: Server): Running {
  const sockets = new Set<Socket>()
  let stopping: Promise<void> | undefined
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Before whoever answers: it must not have written its head yet.
  server.prependListener('request', (_request, response) => {
    if (stopping) response.setHeader('connection', 'close')
    // A connection whose answer ends while the server stops would be kept alive for another one.
    response.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
  })
  return {
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
