import { EventEmitter, on } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen, type Running } from '@tributary/runtime'
import { signMessage } from '../src/signing/signMessage.ts'

/** A request that the function got. `run` is what it was asked to do, of a POST. */
export type FunctionRequest = {
  method: string
  headers: IncomingHttpHeaders
  body: string
  run: { jobId: string; kind: string; attempt: number; input: unknown; callbackUrl: string }
  response: ServerResponse
}

/** A function that does whatever a test tells it to. */
export type TestFunction = Running & {
  url: string
  secret: string
  /** The next request that no `next` has given yet; the test answers it. */
  next(method?: string): Promise<FunctionRequest>
  /** How many have come. */
  count(): number
  /** Reports an attempt, as the function. `tamper` changes the signed headers and the body before they are sent. */
  report(
    run: Pick<FunctionRequest['run'], 'jobId' | 'attempt' | 'callbackUrl'>,
    report: unknown,
    tamper?: (sent: { headers: Record<string, string>; body: string }) => void,
  ): Promise<{ status: number; body: unknown }>
}

/** Starts a {@link TestFunction}. */
export async function startFunction(): Promise<TestFunction> {
  const secret = 'the secret of a function'
  const waiting: FunctionRequest[] = []
  const arrivals = new EventEmitter()
  let requests = 0
  const server = createServer(async (request, response) => {
    const body = await text(request)
    requests++
    const { method = '', headers } = request
    waiting.push({ method, headers, body, run: body === '' ? {} : JSON.parse(body), response })
    arrivals.emit('arrival')
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })

  return {
    url: `http://127.0.0.1:${port}/run`,
    secret,
    count: () => requests,
    async next(method = 'POST') {
      const take = () => {
        const index = waiting.findIndex((request) => request.method === method)
        return index < 0 ? undefined : waiting.splice(index, 1)[0]
      }
      const arrival = on(arrivals, 'arrival', { signal: AbortSignal.timeout(20_000) })
      for (let found = take(); ; found = take()) {
        if (found) return found
        await arrival.next()
      }
    },
    async report({ jobId, attempt, callbackUrl }, report, tamper) {
      const body = JSON.stringify(report)
      const sent = { headers: { ...signMessage({ id: `${jobId}.${attempt}`, body, secret }) }, body }
      tamper?.(sent)
      const response = await fetch(callbackUrl, { method: 'POST', ...sent })
      return { status: response.status, body: await response.json() }
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Answers a request with JSON. */
export function answer({ response }: FunctionRequest, status: number, body: unknown = {}, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
