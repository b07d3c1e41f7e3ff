import type { Running } from '@tributary/runtime'
import { createIdentitySigner, identityHeader } from '@tributary/runtime/identity'
import { createFlights } from '../executor/createFlights.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { BytesResponse, SubgraphRequest, Transport } from '../executor/Transport.ts'
import { createAborts } from './createAborts.ts'
import { type Exchange, startExchange } from './Exchange.ts'
import { createOrigin } from './Origin.ts'
import { readAnswer } from './readAnswer.ts'
import type { Target } from './Target.ts'

export type HttpTransportOptions = {
  /** Where each subgraph answers, by name. */
  subgraphs: ReadonlyMap<string, { url: string }>
  /** What requests are signed with, so that a subgraph knows who asks; unsigned without it. */
  secret?: string
  /** How long one request to the subgraph may take, to the last byte of its answer, in milliseconds; 10,000 by default. */
  timeoutMs?(subgraph: string): number
  /** The largest answer, in bytes; 32 MiB by default. */
  maxResponseBytes?: number
  /** Connections to each subgraph; 1,024 by default. */
  connections?: number
  /** Queries that may be under way on one connection to the subgraph; 1 by default. More only where servers answer them well. */
  pipelining?(subgraph: string): number
  /** Whether the same query of the same client, while it is under way, is sent once. Off by default. */
  dedupe?: boolean
  /** Requests to each subgraph that may be under way or wait for a connection; 20,000 by default. */
  maxPending?: number
}

/**
 * Reaches subgraphs by HTTP POST over kept-alive connections, as GraphQL over HTTP has it. A query whose connection breaks before anything of the
 * answer has come is sent once more: a server may close a connection at the very moment that it is used again.
 */
export function createHttpTransport(options: HttpTransportOptions): Transport & Running {
  const maxBytes = options.maxResponseBytes ?? 32 * 1024 * 1024
  const maxPending = options.maxPending ?? 20_000
  const aborts = createAborts()
  const sign = options.secret === undefined ? undefined : createIdentitySigner(options.secret)
  const targets = new Map(
    [...options.subgraphs].map(([name, { url }]) => {
      return [name, openTarget(name, url, options.timeoutMs?.(name) ?? 10_000)]
    }),
  )
  const flights = options.dedupe ? createFlights<Exchange>(aborts.add) : undefined
  let stopping: Promise<void> | undefined
  return {
    async execute(request, context) {
      const { subgraph } = request
      const response = await ask(request, context)
      return response.kind === 'bytes' ? readAnswer(response, subgraph) : response
    },
    bytes: { execute: ask, read: (subgraph, response) => readAnswer(response, subgraph) },
    stop() {
      stopping ??= Promise.all([...targets.values()].map(({ origin }) => origin.close())).then(() => undefined)
      return stopping
    },
  }

  async function ask(request: SubgraphRequest, context: RequestContext): Promise<BytesResponse> {
    const target = targets.get(request.subgraph)
    if (!target) return unavailable(request.subgraph, 'is not known to this gateway')
    if (target.pending >= maxPending) return unavailable(target.name, 'has too many requests waiting')
    if (!flights || !isShareable(request)) return toResponse(target, await send(target, request, context))
    const shared = await flights.join(`${target.name} ${request.body}`, context, (ofAll) =>
      send(target, request, ofAll),
    )
    return toResponse(target, shared ?? { kind: 'aborted' })
  }

  function openTarget(name: string, url: string, ownTimeoutMs: number): Target {
    const origin = createOrigin({
      url,
      connections: options.connections ?? 1_024,
      pipelining: options.pipelining?.(name) ?? 1,
      connectTimeoutMs: ownTimeoutMs,
    })
    return { name, origin, timeoutMs: ownTimeoutMs, pending: 0 }
  }

  async function send(target: Target, request: SubgraphRequest, context: RequestContext): Promise<Exchange> {
    const deadlineMs = Date.now() + target.timeoutMs
    target.pending++
    try {
      const first = await exchange(target, request, context, target.timeoutMs)
      const isRepeatable = first.kind === 'broken' && request.operation === 'query'
      const remainingMs = deadlineMs - Date.now()
      return isRepeatable && remainingMs > 0 ? await exchange(target, request, context, remainingMs) : first
    } finally {
      target.pending--
    }
  }

  async function exchange(
    target: Target,
    request: SubgraphRequest,
    context: RequestContext,
    remainingMs: number,
  ): Promise<Exchange> {
    if (context.signal.aborted) return { kind: 'aborted' }
    const { body } = request
    const headers = ['content-type', 'application/json', 'accept', accept]
    for (const name in context.headers) headers.push(name, String(context.headers[name]))
    if (sign) headers.push(identityHeader, sign(context.identity, body))
    const isRepeatable = request.operation === 'query'
    const started = startExchange(target.origin, { headers, body, isRepeatable, timeoutMs: remainingMs, maxBytes })
    const forget = aborts.add(context.signal, started.abort)
    try {
      return await started.done
    } finally {
      forget()
    }
  }

  function toResponse(target: Target, outcome: Exchange): BytesResponse {
    const { name } = target
    switch (outcome.kind) {
      case 'response':
        return { kind: 'bytes', status: outcome.status, bytes: outcome.bytes }
      case 'timeout': {
        const message = `The subgraph ${name} did not answer within ${target.timeoutMs} ms`
        return { kind: 'failure', code: 'SUBGRAPH_REQUEST_TIMEOUT', message }
      }
      case 'tooLarge': {
        const message = `The subgraph ${name} answered with more than ${maxBytes} bytes`
        return { kind: 'failure', code: 'SUBREQUEST_RESPONSE_TOO_LARGE', message }
      }
      case 'aborted':
        return { kind: 'failure', code: 'GATEWAY_TIMEOUT', message: `The request to the subgraph ${name} was given up` }
      case 'broken':
      case 'failed':
        return { kind: 'failure', code: 'SUBREQUEST_HTTP_ERROR', message: `The subgraph ${name} could not be reached` }
      default:
        return outcome satisfies never
    }
  }
}

/** How long queries may be to be joined, in characters: looking for a long text costs more than it saves. */
const maxSharedLength = 4_096

/** Whether the request may be joined by others: mutations never. */
function isShareable({ operation, body }: SubgraphRequest): boolean {
  return operation === 'query' && body.length <= maxSharedLength
}

const accept = 'application/graphql-response+json, application/json'

function unavailable(subgraph: string, why: string): BytesResponse {
  return { kind: 'failure', code: 'SERVICE_UNAVAILABLE', message: `The subgraph ${subgraph} ${why}` }
}
