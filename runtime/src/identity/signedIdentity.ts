import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Identity } from './Identity.ts'

/** The header, or field of `connection_init`'s payload, in which the gateway tells a subgraph who asks. */
export const identityHeader = 'x-tributary-identity'

/** How old a signature may be, in milliseconds, either way: clocks differ. */
const maxAgeMs = 30_000

/**
 * Signs who asks together with what is asked: `<payload>.<signature>`, both base64url, the signature an HMAC-SHA256 (RFC 2104)
 * over the payload, a newline and the body. The payload is JSON: `{ sub, scopes, exp, iat }`, times in milliseconds, without
 * `sub` for an anonymous client. A signature is good for 30 s and for this body only.
 */
export function signIdentity(identity: Identity | undefined, body: string, secret: string, nowMs = Date.now()): string {
  const payload = payloadOf(identity, nowMs)
  return `${payload}.${sign(payload, body, secret)}`
}

/** {@link signIdentity} for who signs often: what only depends on who asks is made once a second. */
export function createIdentitySigner(secret: string): (identity: Identity | undefined, body: string) => string {
  const key = createSecretKey(secret, 'utf8')
  const payloads = new WeakMap<Identity, { payload: string; secondOf: number }>()
  const nobody: Identity = { userId: '', scopes: [], expiresAtMs: 0 }
  return (identity, body) => {
    const nowMs = Date.now()
    const secondOf = Math.floor(nowMs / 1_000)
    const holder = identity ?? nobody
    let known = payloads.get(holder)
    if (known?.secondOf !== secondOf) {
      known = { payload: payloadOf(identity, nowMs), secondOf }
      payloads.set(holder, known)
    }
    const { payload } = known
    return `${payload}.${sign(payload, body, key)}`
  }
}

function payloadOf(identity: Identity | undefined, nowMs: number): string {
  const { userId: sub, scopes, expiresAtMs: exp } = identity ?? {}
  return Buffer.from(JSON.stringify(identity ? { sub, scopes, exp, iat: nowMs } : { iat: nowMs })).toString('base64url')
}

export type VerifiedIdentity =
  | { kind: 'verified'; identity: Identity | undefined }
  | { kind: 'refused'; reason: string }

/** Checks what {@link signIdentity} made. Refuses what is missing, malformed, signed with another secret, for another body, or old. */
export function verifyIdentity(
  header: string | undefined,
  body: string,
  secret: string,
  nowMs = Date.now(),
): VerifiedIdentity {
  if (!header)
    return { kind: 'refused', reason: `Expected the header ${identityHeader}: this subgraph answers the gateway only` }
  const [payload = '', signature = ''] = header.split('.')
  const expected = Buffer.from(sign(payload, body, secret))
  const actual = Buffer.from(signature)
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    return { kind: 'refused', reason: `The signature in ${identityHeader} does not fit this request` }
  }
  // Signed with our secret, so written by signIdentity.
  const { sub, scopes, exp, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as SignedPayload
  if (Math.abs(nowMs - iat) > maxAgeMs)
    return { kind: 'refused', reason: `The signature in ${identityHeader} is too old` }
  if (sub === undefined) return { kind: 'verified', identity: undefined }
  return { kind: 'verified', identity: { userId: sub, scopes, expiresAtMs: exp } }
}

type SignedPayload = { sub?: string; scopes: string[]; exp: number; iat: number }

function sign(payload: string, body: string, secret: string | KeyObject): string {
  return createHmac('sha256', secret).update(`${payload}\n${body}`).digest('base64url')
}
