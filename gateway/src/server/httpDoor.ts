import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { ReceiveCallback } from '../transport/receiveCallback.ts'
import { type Caller, createHttpCaller, failPair } from './Caller.ts'
import { requestIdOf } from './createContext.ts'
import type { OriginPolicy } from './originPolicy.ts'
import type { Page } from './Page.ts'
import type { PlainCaller } from './plain/PlainCaller.ts'
import type { Room } from './Room.ts'
import { createReadiness } from './readiness.ts'
import { sendJson, sendRefusal } from './sendError.ts'

export type HttpDoorOptions = {
  room: Room
  origins: OriginPolicy
  answerOperation: AnswerOperation
  /** What subgraphs say of subscriptions, at `/callback/<id>`. */
  receiveCallback?: ReceiveCallback
  /** What browsers get, by path. */
  pages: ReadonlyMap<string, Page>
}

/** Answers a request of `/graphql`. */
export type AnswerOperation = (caller: Caller) => Promise<void>

export type HttpDoor = {
  /** The HTTP server's listener. */
  answer(request: IncomingMessage, response: ServerResponse): void
  /** The same for a plain request. Never rejects. */
  answerPlain(caller: PlainCaller): Promise<void>
}

const callbackPath = '/callback/'

/** How long a browser may remember what it was told about an origin, in seconds. */
const preflightMaxAgeS = '600'

/**
 * What is answered over HTTP: `/graphql`, the pages, `/healthz` (this process answers) and `/readyz` (each subgraph's state; 503 when
 * it is about to stop).
 */
export function createHttpDoor({ room, origins, answerOperation, pages, ...options }: HttpDoorOptions): HttpDoor {
  const look = createReadiness(room)
  return {
    answer(request, response) {
      // One id for the answer's header, the log line and the subgraphs.
      request.headers['x-request-id'] = requestIdOf(request.headers)
      response.setHeader('x-request-id', request.headers['x-request-id'])
      if (room.isDraining()) response.setHeader('connection', 'close')
      answer(request, response).catch((error) => {
        logFault(error, request.headers)
        failPair({ request, response })
      })
    },
    async answerPlain(caller) {
      const { headers } = caller
      caller.setHead([['x-request-id', String(headers['x-request-id'])], ...corsHeaders(headers.origin)])
      try {
        await answerOperation(caller)
      } catch (error) {
        logFault(error, headers)
        caller.fail()
      }
    },
  }

  function logFault(error: unknown, headers: IncomingHttpHeaders): void {
    room.log.error({ err: error, requestId: headers['x-request-id'] }, 'request failed')
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '/'
    if (path === '/graphql') {
      applyCors(request, response)
      if (request.method === 'OPTIONS') return void response.writeHead(204).end()
      return answerOperation(createHttpCaller(request, response))
    }
    if (path.startsWith(callbackPath) && options.receiveCallback) {
      return options.receiveCallback(request, response, path.slice(callbackPath.length))
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const page = pages.get(path)
    const isKnown = page !== undefined || path === '/healthz' || path === '/readyz'
    if (isKnown && !isRead) {
      return sendRefusal(response, {
        status: 405,
        code: 'METHOD_NOT_ALLOWED',
        message: 'Expected a GET',
        headers: { allow: 'GET, HEAD' },
      })
    }
    if (path === '/healthz') return sendJson(response, 200, { status: 'healthy' })
    if (path === '/readyz') {
      const readiness = await look()
      return sendJson(response, readiness.status === 'draining' ? 503 : 200, readiness)
    }
    if (page && (request.headers.accept ?? '').includes('text/html')) return page.send(request, response)
    return sendRefusal(response, {
      status: 404,
      code: 'NOT_FOUND',
      message: page
        ? 'Expected a browser here, which accepts text/html: the graph is at /graphql'
        : 'Expected the path /graphql',
    })
  }

  function applyCors(request: IncomingMessage, response: ServerResponse): void {
    const cors = corsHeaders(request.headers.origin)
    for (const [name, value] of cors) response.setHeader(name, value)
    if (cors === anyOrigin || request.method !== 'OPTIONS') return
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE')
    response.setHeader(
      'access-control-allow-headers',
      request.headers['access-control-request-headers'] ?? 'content-type',
    )
    response.setHeader('access-control-max-age', preflightMaxAgeS)
  }

  function corsHeaders(origin: string | undefined): Headers {
    if (origin === undefined || !origins.isListed(origin)) return anyOrigin
    return [
      ...anyOrigin,
      ['access-control-allow-origin', origin],
      ['access-control-expose-headers', 'x-request-id, retry-after'],
    ]
  }
}

type Headers = readonly (readonly [string, string])[]

/** What everyone is told. */
const anyOrigin: Headers = [['vary', 'origin']]
