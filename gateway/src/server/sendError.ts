import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '@tributary/schema'

export type Refusal = { status: number; code: ErrorCode; message: string; headers?: Record<string, string> }

/** Sends a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, { 'content-type': 'application/json; charset=utf-8' }, body)
}

/** Sends a GraphQL answer that is one error, in the media type that the client asked for. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, accept = ''): void {
  const { status, code, message, headers = {} } = refusal
  const type = accept.includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json'
  const body = { errors: [{ message, extensions: { code } }] }
  send(response, status, { 'content-type': `${type}; charset=utf-8`, ...headers }, body)
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { ...headers, 'content-length': text.length }).end(text)
}
