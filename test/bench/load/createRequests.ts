import { randomBytes } from 'node:crypto'
import type { LoadTarget } from './openLoad.ts'

/** Gives a name of so many characters that it never gave before. */
export type NextName = (length: number) => string

/** A {@link NextName} for a whole process: no operation text comes twice, in whichever run. */
export function createNames(): NextName {
  let count = 0
  return (length) => `n${(count++).toString(36).padStart(length - 1, '0')}`
}

/** Gives the bytes of each next request of one connection: always the same ones, unless the target renames. */
export function createRequests(target: LoadTarget, token: string, nextName: NextName): () => Buffer | string {
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `Host: 127.0.0.1:${target.port}`,
    'Content-Type: application/json',
    'Accept: application/json',
    `Authorization: Bearer ${token}`,
    `traceparent: 00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    `Content-Length: ${Buffer.byteLength(target.body)}`,
    '\r\n',
  ].join('\r\n')
  const { renamed } = target
  if (renamed !== undefined) return () => head + target.body.replace(renamed, nextName(renamed.length))
  const request = Buffer.from(head + target.body)
  return () => request
}
