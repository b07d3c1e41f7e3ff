import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FlatAnswer } from '../executor/flat/executeFlat.ts'
import { keepPrivate, sendAnswer, sendBytes } from './sendAnswer.ts'
import { sendRefusal } from './sendError.ts'

/** One request for `/graphql` and the way to answer it, whoever reads the socket: node:http, or we ourselves (`plain/`). */
export type Caller = {
  readonly method: string
  readonly url: string
  /** As node:http gives them: names in lower case. `x-request-id` is there always. */
  readonly headers: IncomingHttpHeaders
  /** All of a body that announced its length, or undefined when the client left before its end. */
  readBody(): Promise<Buffer | undefined> | Buffer
  /** Sends an answer with status 200. */
  send(answer: string | FlatAnswer, contentType: string): void
  /** The status that was sent. */
  status(): number
  /** Calls when the client leaves before it has its answer. */
  onLeave(call: () => void): void
  /** The same as node:http has it, for whatever is not plain. Nothing may have been sent. */
  pair(): HttpPair
  /** Ends it after a fault of ours. */
  fail(): void
}

export type HttpPair = { request: IncomingMessage; response: ServerResponse }

/** The {@link Caller} of a request that node:http has read. */
export function createHttpCaller(request: IncomingMessage, response: ServerResponse): Caller {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: request.headers,
    readBody: () => readAll(request),
    send(answer, contentType) {
      keepPrivate(request, response)
      response.setHeader('content-type', contentType)
      if (typeof answer === 'string') sendAnswer(response, answer)
      else sendBytes(response, answer)
    },
    status: () => response.statusCode,
    onLeave(call) {
      response.once('close', () => {
        if (!response.writableFinished) call()
      })
    },
    pair: () => ({ request, response }),
    fail: () => failPair({ request, response }),
  }
}

/** Says so, unless something has been said already. */
export function failPair({ response }: HttpPair): void {
  if (response.headersSent) response.destroy()
  else sendRefusal(response, { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' })
}

function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let chunks: Buffer | Buffer[] | undefined
    request.on('data', (chunk: Buffer) => {
      if (!chunks) chunks = chunk
      else if (Array.isArray(chunks)) chunks.push(chunk)
      else chunks = [chunks, chunk]
    })
    request.on('end', () => resolve(Array.isArray(chunks) ? Buffer.concat(chunks) : (chunks ?? Buffer.alloc(0))))
    request.on('close', () => resolve(undefined))
  })
}
