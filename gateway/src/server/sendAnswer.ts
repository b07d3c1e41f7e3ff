import { isAscii } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FlatAnswer } from '../executor/flat/executeFlat.ts'

/** Who asks changes the answer, and so does this header when nobody verifies it. */
export function keepPrivate(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.authorization !== undefined) response.setHeader('cache-control', 'private, no-store')
}

/** Up to so many bytes node sends a text together with the head in one piece, bytes it would send beside it. */
export const smallAnswerBytes = 4 * 1024

/** The same as {@link sendAnswer} for an answer in memory that is lent: it is given back when the system has taken all of it. */
export function sendBytes(response: ServerResponse, { bytes, release }: FlatAnswer): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  if (bytes.length <= smallAnswerBytes && isAscii(bytes)) {
    response.end(bytes.toString('latin1'), 'latin1')
    release()
  } else {
    // For a client that leaves it is never called: then the memory is the garbage collector's.
    response.end(bytes, release)
  }
}

/** Sends an answer whose status and media type are set; none may be kept by a cache. */
export function sendAnswer(response: ServerResponse, text: string): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  // For Latin-1 node copies each character, for UTF-8 it first makes room for three times as many.
  response.end(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8')
}
