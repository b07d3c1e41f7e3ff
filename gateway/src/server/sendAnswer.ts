import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FlatAnswer } from '../executor/flat/executeFlat.ts'

/** Who asks changes the answer, and so does this header when nobody verifies it. */
export function keepPrivate(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.authorization !== undefined) response.setHeader('cache-control', 'private, no-store')
}

/** The same as {@link sendAnswer} for an answer in memory that is lent: it is given back when the system has taken all of it. */
export function sendBytes(response: ServerResponse, answer: FlatAnswer): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  // For a client that leaves it is never called: then the memory is the garbage collector's.
  response.end(answer.bytes, answer.release)
}

/** Sends an answer whose status and media type are set; none may be kept by a cache. */
export function sendAnswer(response: ServerResponse, text: string): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  // For Latin-1 node copies each character, for UTF-8 it first makes room for three times as many.
  response.end(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8')
}
