import { identityHeader, serviceScope, signIdentity } from '@tributary/runtime/identity'
import { got } from 'got'
import { taskError } from './taskError.ts'

/** The other subgraphs, as tasks reach them. `secret` signs requests; undefined when the subgraphs run open. */
export type Neighbours = { ordersUrl: string; recommendationsUrl: string; secret: string | undefined }

/** How long one try may take, in milliseconds. */
const requestTimeoutMs = 15_000

/**
 * Asks a subgraph in this service's own name and gives `data`. Tries again, with backoff, when the connection fails or the answer is a 5xx;
 * everything asked here may be repeated. Throws a retryable `SERVICE_UNAVAILABLE` that names the subgraph.
 */
export async function callNeighbour<Data>(options: {
  name: string
  url: string
  secret: string | undefined
  query: string
  variables: Record<string, unknown>
  signal: AbortSignal
}): Promise<Data> {
  const { name, url, secret, query, variables, signal } = options
  const body = JSON.stringify({ query, variables })
  let answer: { data?: Data | null; errors?: { message: string }[] }
  try {
    answer = await got
      .post(url, {
        body,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        signal,
        timeout: { request: requestTimeoutMs },
        retry: {
          limit: 3,
          methods: ['POST'],
          statusCodes: [500, 502, 503, 504],
          // About 200 ms, then 400 ms, then 800 ms: who is away for longer costs the attempt.
          calculateDelay: ({ computedValue }) => computedValue / 5,
        },
        hooks: {
          beforeRequest: [
            (request) => {
              // Signed anew for each try: a signature is soon too old.
              if (secret !== undefined) request.headers[identityHeader] = signIdentity(serviceIdentity(), body, secret)
            },
          ],
        },
      })
      .json()
  } catch (cause) {
    signal.throwIfAborted()
    throw taskError({
      code: 'SERVICE_UNAVAILABLE',
      message: `The ${name} subgraph does not answer`,
      isRetryable: true,
      cause,
    })
  }
  if (!answer.data || answer.errors) {
    throw taskError({
      code: 'SERVICE_UNAVAILABLE',
      message: `The ${name} subgraph answered with an error`,
      isRetryable: true,
      cause: answer.errors?.[0]?.message,
    })
  }
  return answer.data
}

function serviceIdentity() {
  return { userId: 'compute-service', scopes: [serviceScope], expiresAtMs: Date.now() + 60_000 }
}
