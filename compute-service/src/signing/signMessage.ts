import { createHmac, timingSafeEqual } from 'node:crypto'

/** A signed message's headers. */
export type SignatureHeaders = {
  'webhook-id': string
  /** Seconds since 1970. */
  'webhook-timestamp': string
  'webhook-signature': string
}

/** How old a signature may be, in milliseconds, either way: clocks differ. */
const maxAgeMs = 5 * 60_000

/**
 * Signs what is sent to, and by, functions and webhooks, as Standard Webhooks has it: HMAC-SHA256 over `<id>.<timestamp>.<body>`, for which
 * there are libraries in most languages. A secret `whsec_<base64>` is those bytes, any other its own UTF-8.
 */
export function signMessage({
  id,
  body,
  secret,
  nowMs = Date.now(),
}: {
  id: string
  body: string
  secret: string
  nowMs?: number
}): SignatureHeaders {
  const timestamp = String(Math.floor(nowMs / 1_000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${sign({ id, timestamp, body, secret })}`,
  }
}

/** Whether {@link signMessage} made these headers for this id and body, not long ago. One of several signatures, separated by spaces, is enough. */
export function isSigned(options: {
  headers: Record<string, string | string[] | undefined>
  id: string
  body: string
  secret: string
  nowMs?: number
}): boolean {
  const { headers, id, body, secret, nowMs = Date.now() } = options
  const timestamp = headers['webhook-timestamp']
  const signatures = headers['webhook-signature']
  if (headers['webhook-id'] !== id || typeof timestamp !== 'string' || typeof signatures !== 'string') return false
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1_000) > maxAgeMs) return false
  const expected = Buffer.from(`v1,${sign({ id, timestamp, body, secret })}`)
  return signatures
    .split(' ', 10)
    .map((signature) => Buffer.from(signature))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected))
}

function sign(message: { id: string; timestamp: string; body: string; secret: string }): string {
  const { id, timestamp, body, secret } = message
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
}
