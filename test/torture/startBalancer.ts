import { connect, createServer, type Socket } from 'node:net'
import { listen, type Running } from '@tributary/runtime'

/** One address for several servers on this machine: each connection goes to the next one that takes it. */
export async function startBalancer(urls: readonly string[]): Promise<Running & { url: string }> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    track(client)
    pass(client, turn++, urls.length)
  })
  const port = await listen(server as Parameters<typeof listen>[0], { port: 0, host: '127.0.0.1', setting: 'PORT' })
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }

  function pass(client: Socket, at: number, tries: number): void {
    const { hostname, port } = new URL(urls[at % urls.length] ?? '')
    const target = track(connect(Number(port), hostname))
    target.once('connect', () => {
      client.pipe(target)
      target.pipe(client)
      client.once('close', () => target.destroy())
      target.once('close', () => client.destroy())
      target.off('error', next)
    })
    target.once('error', next)

    function next(): void {
      if (tries > 1 && !client.destroyed) pass(client, at + 1, tries - 1)
      else client.destroy()
    }
  }

  function track(socket: Socket): Socket {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    return socket
  }
}
