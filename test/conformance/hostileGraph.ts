import { connect } from 'node:net'
import { type RunningGateway, readGatewaySettings, startGateway } from '@tributary/gateway'
import type { StopStack } from '@tributary/runtime'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { silentLog, startTinyGraph, type TinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'

/** A gateway as in production, but for what `env` says, and the graph behind it. */
export async function startHostileGraph(stack: StopStack, env: Record<string, string> = {}) {
  const graph = await startTinyGraph(stack)
  const subgraphs = new Map(Object.entries(graph).map(([name, { url }]) => [name, url]))
  const settings = readGatewaySettings({ PORT: '0', NODE_ENV: 'production', SUPERGRAPH_POLL_MS: '0', ...env })
  const gateway = stack.add(await startGateway({ settings, subgraphs, log: silentLog }))
  return { graph, gateway }
}

export type HttpAnswer = { status: number; headers: Headers; text: string; codes: readonly string[] }

/** Posts a body as it is, unless `init` says otherwise. */
export async function send(gateway: RunningGateway, init: RequestInit & { path?: string }): Promise<HttpAnswer> {
  const response = await fetch(`${gateway.graphqlUrl}${init.path ?? ''}`, {
    method: 'POST',
    ...init,
    headers: {
      accept: 'application/graphql-response+json',
      ...(init.method !== 'GET' && { 'content-type': 'application/json' }),
      ...init.headers,
    },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, codes: codesOf(text) }
}

/** Asks over graphql-transport-ws, on a socket of its own. */
export async function askSocket(gateway: RunningGateway, body: { query: string; variables?: object }) {
  const client = createClient({ url: gateway.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 })
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      const codes: string[] = []
      client.subscribe(body as Parameters<typeof client.subscribe>[0], {
        next: (result) => void codes.push(...codesOf(JSON.stringify(result))),
        error: (errors) => (Array.isArray(errors) ? resolve(codesOf(JSON.stringify({ errors }))) : reject(errors)),
        complete: () => resolve(codes),
      })
    })
  } finally {
    await client.dispose()
  }
}

/** Writes bytes to a socket, and reads until the gateway closes it or answers. */
export function sendRaw(gateway: RunningGateway, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.setTimeout(5_000, () => socket.destroy(new Error('The gateway did not answer')))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString('latin1'))
    })
    socket.once('end', () => resolve(''))
    socket.once('error', reject)
    socket.write(text, 'latin1')
  })
}

/** How many operations the subgraphs have been asked for. */
export function countAsked({ library, reviews }: TinyGraph): number {
  return library.requests.length + reviews.requests.length
}

/** `extensions.code` of each error of an answer. */
function codesOf(text: string): readonly string[] {
  if (!text.startsWith('{')) return []
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] }
  return errors.map(({ extensions }) => extensions?.code ?? 'none')
}
