import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { attachment } from './attachment.ts'
import { mediaTypeOf } from './mediaTypeOf.ts'
import type { ResultStore } from './ResultStore.ts'
import { readResultPath } from './signResultPath.ts'

/** Answers a download. `path` is what follows the base URL, with the query. A bad, expired or forged URL is 403, a result that is gone 404. */
export async function serveResult(options: {
  path: string
  request: IncomingMessage
  response: ServerResponse
  results: ResultStore
  secret: string
}): Promise<void> {
  const { path, request, response, results, secret } = options
  if (request.method !== 'GET') return refuse(response, 405)
  const key = readResultPath(path, secret)
  if (key === 'refused') return refuse(response, 403)
  const found = await results.open(key)
  if (!found) return refuse(response, 404)
  const mediaType = mediaTypeOf(key.file)
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': found.bytes,
    // Pictures are for looking at; the policy below makes that safe.
    'content-disposition': mediaType.startsWith('image/') ? 'inline' : attachment(key),
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    // A picture may be shown by a page; opened by itself it is a document, which shall do nothing.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  })
  // A client that leaves ends the stream, and that is all.
  await pipeline(found.stream, response).catch(() => response.destroy())
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end()
}
