import type { IncomingMessage, ServerResponse } from 'node:http'

/** Who asks changes the answer, and so does this header when nobody verifies it. */
export function keepPrivate(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.authorization !== undefined) response.setHeader('cache-control', 'private, no-store')
}

/** Sends an answer whose status and media type are set; none may be kept by a cache. */
export function sendAnswer(response: ServerResponse, text: string): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  // For Latin-1 node copies each character, for UTF-8 it first makes room for three times as many.
  response.end(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8')
}
