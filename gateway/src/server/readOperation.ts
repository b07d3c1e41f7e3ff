import type { IncomingMessage } from 'node:http'
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import { type ReadBody, readBody } from './readBody.ts'
import type { Refusal } from './sendError.ts'

export type ReadOperation =
  | { kind: 'request'; request: HTTPGraphQLRequest; query: string | undefined }
  | { kind: 'refused'; refusal: Refusal }

/** Media types that a page may send to anywhere without asking: Apollo Server refuses these, as cross-site request forgery. */
const simpleTypes = /^(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)$/

/**
 * Reads a request of `/graphql` for Apollo Server. `query` is the operation's text, where there is one. `readAlready` is its body, when
 * someone has read it.
 */
export async function readOperation(
  request: IncomingMessage,
  maxBodyBytes: number,
  readAlready?: ReadBody,
): Promise<ReadOperation> {
  const { method = 'GET', url = '' } = request
  const at = url.indexOf('?')
  const search = at < 0 ? '' : url.slice(at)
  if (method === 'GET') {
    const query = new URLSearchParams(search).get('query') ?? undefined
    return { kind: 'request', request: { method, headers: headerMap(request), search, body: undefined }, query }
  }
  if (method !== 'POST') {
    const headers = { allow: 'GET, POST' }
    return refuse({ status: 405, code: 'METHOD_NOT_ALLOWED', message: 'Expected GET or POST', headers })
  }
  const { essence, charset } = mediaType(request.headers['content-type'] ?? '')
  if (essence === '' || simpleTypes.test(essence)) {
    return {
      kind: 'request',
      request: { method, headers: headerMap(request), search, body: undefined },
      query: undefined,
    }
  }
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (essence !== 'application/json' || !isUtf8Name(charset) || encoding !== 'identity') {
    const message = 'Expected a body of the type application/json, in UTF-8, not compressed'
    return refuse({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message })
  }
  const read = readAlready ?? (await readBody(request, maxBodyBytes))
  if (read.kind === 'tooLarge') {
    const message = `Expected a body of at most ${maxBodyBytes} bytes`
    return refuse({ status: 413, code: 'PAYLOAD_TOO_LARGE', message, headers: { connection: 'close' } })
  }
  if (read.kind === 'notUtf8') return refuse({ status: 400, code: 'BAD_REQUEST', message: 'Expected a body in UTF-8' })
  const body = parseJson(read.text)
  if (!body) return refuse({ status: 400, code: 'BAD_REQUEST', message: 'Invalid JSON: expected a body that parses' })
  return {
    kind: 'request',
    request: { method, headers: headerMap(request), search, body: withoutEmptyName(body.value) },
    query: queryOf(body.value),
  }
}

/** An empty operation name is none: many clients send one. Apollo Server would look for an operation of that name, and fail. */
function withoutEmptyName(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('operationName' in body)) return body
  return body.operationName === '' ? { ...body, operationName: null } : body
}

function refuse(refusal: Refusal): ReadOperation {
  return { kind: 'refused', refusal }
}

export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function queryOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('query' in body)) return undefined
  return typeof body.query === 'string' ? body.query : undefined
}

export function isUtf8Name(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8'
}

export function mediaType(contentType: string): { essence: string; charset: string } {
  const [essence = '', ...parameters] = contentType.toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  return { essence: essence.trim(), charset: charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8' }
}

function headerMap(request: IncomingMessage): HeaderMap {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return map
}
