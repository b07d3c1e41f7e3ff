import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ResultKey } from './ResultStore.ts'
import { resultPath } from './resultPath.ts'

/** The path and query below the base URL under which a file may be read until `expiresAt`: HMAC-SHA256 over path and time. */
export function signResultPath(key: ResultKey, expiresAt: Date, secret: string): string {
  const path = `/${resultPath(key)}`
  const expires = Math.floor(expiresAt.getTime() / 1_000)
  return `${path}?expires=${expires}&signature=${sign(path, expires, secret)}`
}

/** What a path and query name, when the signature holds and has not expired. */
export function readResultPath(pathAndQuery: string, secret: string): ResultKey | 'refused' {
  const { pathname, searchParams } = new URL(pathAndQuery, 'http://results')
  const match = /^\/([^/]+)\/(\d{1,9})\/([^/]+)$/.exec(pathname)
  const [, jobId, attempt, file] = match ?? []
  const expires = Number(searchParams.get('expires'))
  if (!jobId || !attempt || !file || !Number.isSafeInteger(expires)) return 'refused'
  const given = Buffer.from(searchParams.get('signature') ?? '')
  const expected = Buffer.from(sign(pathname, expires, secret))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'refused'
  if (expires * 1_000 < Date.now()) return 'refused'
  return { jobId, attempt: Number(attempt), file }
}

function sign(path: string, expires: number, secret: string): string {
  // The name keeps this signature from meaning anything where the same secret signs something else.
  return createHmac('sha256', secret).update(`tributary result\n${path}\n${expires}`).digest('base64url')
}
