import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { setField } from '../executor/ownField.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { ClientRequest } from './Room.ts'
import { traceContext } from './traceContext.ts'

/** What goes with one operation to subgraphs: see `Room.createContext`. `forwardHeaders` are names in lower case. */
export function createContext(request: ClientRequest, forwardHeaders: readonly string[]): RequestContext {
  const requestId = requestIdOf(request.headers)
  const headers: Record<string, string> = { 'x-request-id': requestId }
  for (const name of forwardHeaders) {
    const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined
    if (value !== undefined) setField(headers, name, Array.isArray(value) ? value.join(', ') : value)
  }
  Object.assign(headers, traceContext(request.headers))
  headers['x-request-id'] = requestId
  return { requestId, identity: request.identity, headers, signal: request.signal }
}

/** The request id that a proxy before us has given, when it is a plain one, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}
