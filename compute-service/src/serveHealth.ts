import { createServer } from 'node:http'
import { listen, type Running } from '@tributary/runtime'

/** Answers `GET /healthz` (this process lives) and `GET /readyz` (so does its ledger), for whatever watches over the workers. */
export async function serveHealth(options: {
  port: number
  host: string
  portSetting: string
  isReady(): Promise<boolean>
}): Promise<Running & { port: number }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request.url?.split('?')[0])
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const port = await listen(server, { port: options.port, host: options.host, setting: options.portSetting })
  return {
    port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }

  async function answer(path: string | undefined): Promise<{ status: number; body: object }> {
    switch (path) {
      case '/healthz':
        return { status: 200, body: { status: 'healthy' } }
      case '/readyz': {
        const isReady = await options.isReady().catch(() => false)
        return isReady ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: 'not ready' } }
      }
      default:
        return { status: 404, body: { error: 'Expected /healthz or /readyz' } }
    }
  }
}
