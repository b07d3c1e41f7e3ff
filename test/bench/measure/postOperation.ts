import { request } from 'undici'
import type { BenchQuery } from '../graph/queries.ts'

/** Asks a gateway once, as a client of the load would. */
export async function postOperation(options: {
  port: number
  path: string
  token: string
  query: BenchQuery
}): Promise<{ status: number; text: string }> {
  const { port, path, token, query } = options
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: bodyOf(query),
  })
  return { status: statusCode, text: await body.text() }
}

/** The request's JSON text. */
export function bodyOf({ text, variables }: BenchQuery): string {
  return JSON.stringify({ query: text, variables })
}
