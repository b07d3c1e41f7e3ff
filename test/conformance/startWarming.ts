import { createServer, request } from 'node:http'
import { listen, type Running } from '@tributary/runtime'
import type { Generation } from '../../gateway/src/supergraph/Generation.ts'

/** Marks requests that are not the suite's. */
export const warmUpHeader = 'x-warm-up'

/** Passes requests on when what they ask for is compiled, and the media type that they accept has been answered in. */
export async function startWarming(port: number, generation: Generation): Promise<Running & { port: number }> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { method, url, headers, rawHeaders } = incoming
    if (method === 'POST' && compile(body)) {
      await warmUp(headers.accept)
    }
    const passed = request(
      { port, host: '127.0.0.1', method, path: toGraphql(url), setHost: false, headers: kept(rawHeaders) },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
        answer.pipe(response)
      },
    )
    passed.on('error', () => response.destroy())
    passed.end(body)
  })
  const outer = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  return {
    port: outer,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  /** With the same `accept`, or none. */
  function warmUp(accept: string | undefined): Promise<void> {
    const headers = { 'content-type': 'application/json', ...(accept && { accept }), [warmUpHeader]: '1' }
    return new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/graphql', headers }, (answer) => {
        answer.resume().once('end', resolve)
      })
      asked.once('error', reject)
      asked.end('{"query":"{ __typename }"}')
    })
  }

  function compile(body: Buffer): boolean {
    try {
      const { query, operationName } = JSON.parse(body.toString())
      return generation.getOperation(query, operationName).kind === 'compiled'
    } catch {
      return false
    }
  }
}

/** The suite asks at the root. */
export function toGraphql(url = '/'): string {
  return url.replace(/^\/(?=\?|$)/, '/graphql')
}

/** All but what is said of the connection: the one behind this server is kept. */
function kept(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)]?.toLowerCase() !== 'connection')
}
