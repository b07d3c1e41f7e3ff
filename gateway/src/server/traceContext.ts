import { randomFillSync } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The longest `tracestate` that is passed on, in characters: what every implementation must take. */
const maxTracestateLength = 512

/**
 * The W3C trace context (https://www.w3.org/TR/trace-context) that goes to subgraphs: the client's, as it is, when its `traceparent` is
 * valid, else a new one, without the client's `tracestate`.
 */
export function traceContext(headers: IncomingHttpHeaders): { traceparent: string; tracestate?: string } {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || !isTraceparent(traceparent)) return { traceparent: createTraceparent() }
  if (typeof tracestate !== 'string' || tracestate.length > maxTracestateLength) return { traceparent }
  return { traceparent, tracestate }
}

/** Version 00, which all write today: nothing else needs to be looked at. */
const plainTraceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

function isTraceparent(text: string): boolean {
  if (plainTraceparent.test(text)) return true
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.{0,100})?$/.exec(text)
  if (!match) return false
  const [, version, traceId = '', parentId = '', rest] = match
  // Version 00 ends here; later ones may say more; ff is none.
  return version !== 'ff' && (version !== '00' || rest === undefined) && /[^0]/.test(traceId) && /[^0]/.test(parentId)
}

const idBytes = 24

/** Random bytes for many ids: asking for those of one takes 15 times as long as reading them from here. */
const pool = Buffer.alloc(idBytes * 170)
let used = pool.length

function createTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.toString('hex', used, used + idBytes)
  used += idBytes
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`
}
