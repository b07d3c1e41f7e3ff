import type { IncomingMessage } from 'node:http'
import { decodeUtf8 } from './decodeUtf8.ts'

export type ReadBody = { kind: 'text'; text: string } | { kind: 'tooLarge' } | { kind: 'notUtf8' }

/** How much of a body that is too large is still read, as a multiple of the bound: a client that writes all before it reads gets its answer. */
const drainFactor = 4

/** Reads a request's body as UTF-8 (a byte order mark is dropped), up to `maxBytes`. Rejects when the client leaves before its end. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes * drainFactor) return { kind: 'tooLarge' }
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving a `for await` early would destroy the socket, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > maxBytes * drainFactor) return { kind: 'tooLarge' }
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  if (bytes > maxBytes) return { kind: 'tooLarge' }
  return toText(Buffer.concat(chunks))
}

/** A body that is there. */
export function toText(bytes: Buffer): ReadBody {
  const text = decodeUtf8(bytes)
  return text === undefined ? { kind: 'notUtf8' } : { kind: 'text', text }
}
