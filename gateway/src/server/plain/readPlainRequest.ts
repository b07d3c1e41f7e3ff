import type { IncomingHttpHeaders } from 'node:http'

/** Reads what has come so far on a connection, from the beginning of a request on. */
export type ReadPlainRequest = (bytes: Buffer) => PlainRead

export type PlainRead =
  /** A whole request; `end` is where the next one begins. */
  | { kind: 'request'; headers: IncomingHttpHeaders; body: Buffer; end: number }
  /** The beginning of one. It is whole with so many bytes, where its head tells. */
  | { kind: 'partial'; neededBytes: number }
  /** Something else, or something that is wrong: for node:http to read. */
  | { kind: 'other' }

/** The only requests that are plain. */
const requestLine = Buffer.from('POST /graphql HTTP/1.1\r\n')
const headEnd = Buffer.from('\r\n\r\n')

/** The bounds of node:http as our server sets them. */
const maxHeadBytes = 16 * 1024
const maxHeaders = 100

/**
 * Reads plain requests: `POST /graphql` with a `content-length` of at most `maxBodyBytes` and nothing that changes how a connection is used. It is stricter
 * than RFC 9112: a header that comes twice, a line that is folded or does not end with CRLF, a coding, an `upgrade` or `expect`, and all that
 * wants a stream for an answer are `other`. So there is one reading of what is plain, and node:http's of the rest.
 */
export function createReadPlainRequest(maxBodyBytes: number): ReadPlainRequest {
  const names = createNames()
  return (bytes) => {
    if (bytes.length < requestLine.length) {
      return requestLine.subarray(0, bytes.length).equals(bytes) ? unknownPart : other
    }
    if (bytes.compare(requestLine, 0, requestLine.length, 0, requestLine.length) !== 0) return other
    const end = bytes.indexOf(headEnd, requestLine.length - 2)
    if (end < 0) return bytes.length > maxHeadBytes ? other : unknownPart
    if (end > maxHeadBytes) return other
    const headers = readHeaders(bytes, { from: requestLine.length, to: end + 2, lowerCase: names })
    if (!headers) return other
    const length = lengthOf(headers)
    if (length === undefined || length > maxBodyBytes) return other
    const from = end + headEnd.length
    if (bytes.length < from + length) return { kind: 'partial', neededBytes: from + length }
    return { kind: 'request', headers, body: bytes.subarray(from, from + length), end: from + length }
  }
}

const other: PlainRead = { kind: 'other' }
const unknownPart: PlainRead = { kind: 'partial', neededBytes: 0 }

/** How many spellings of names are remembered, and how long ones: clients choose them. */
const maxNames = 500
const maxNameLength = 40

/** Names in lower case, from how they are spelt. Looking one up costs less than making it anew. */
function createNames(): (name: string) => string {
  const names = new Map<string, string>()
  return (name) => {
    const known = names.get(name)
    if (known !== undefined) return known
    const lower = name.toLowerCase()
    if (names.size < maxNames && name.length <= maxNameLength) names.set(name, lower)
    return lower
  }
}

/** What a byte may be part of: RFC 9110, sections 5.6.2 (token) and 5.5 (field value). */
const tokenPart = 1
const valuePart = 2
const parts = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  parts[character.charCodeAt(0)] = tokenPart
}
for (let byte = 0x20; byte < 0x100; byte++) if (byte !== 0x7f) parts[byte] = (parts[byte] ?? 0) | valuePart
parts[0x09] = valuePart

const colon = 0x3a
const carriageReturn = 0x0d
const lineFeed = 0x0a

type Head = { from: number; to: number; lowerCase(name: string): string }

/** Lines that each end with CRLF; undefined where one is not a plain header, or one comes twice. */
function readHeaders(bytes: Buffer, { from: start, to, lowerCase }: Head): IncomingHttpHeaders | undefined {
  const text = bytes.toString('latin1', start, to)
  const headers: IncomingHttpHeaders = {}
  let count = 0
  for (let at = start; at < to; ) {
    const from = at
    // The bytes rather than the text: reading a character of a long text costs many times as much.
    while (((parts[bytes[at] ?? 0] ?? 0) & tokenPart) !== 0) at++
    if (at === from || bytes[at] !== colon || ++count > maxHeaders) return undefined
    const name = lowerCase(text.slice(from - start, at - start))
    let valueFrom = ++at
    while (((parts[bytes[at] ?? 0] ?? 0) & valuePart) !== 0) at++
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return undefined
    let valueEnd = at
    while (valueFrom < valueEnd && isBlank(bytes[valueFrom])) valueFrom++
    while (valueFrom < valueEnd && isBlank(bytes[valueEnd - 1])) valueEnd--
    // `__proto__` too is there already.
    if (name in headers) return undefined
    headers[name] = text.slice(valueFrom - start, valueEnd - start)
    at += 2
  }
  return headers
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

/** The body's length, where everything else is plain too. */
function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const { connection, accept, host } = headers
  const length = headers['content-length']
  if (host === undefined || length === undefined || !/^\d{1,9}$/.test(length)) return undefined
  if (connection !== undefined && connection !== 'keep-alive' && connection.toLowerCase() !== 'keep-alive')
    return undefined
  if (accept !== undefined && /event-stream|multipart/i.test(accept)) return undefined
  for (const name of unusual) if (headers[name] !== undefined) return undefined
  return Number(length)
}

const unusual = ['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer', 'proxy-connection', 'set-cookie']
