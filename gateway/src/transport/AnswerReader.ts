/** What a connection has brought of one HTTP/1.1 answer (RFC 9112). */
export type ReadState =
  | { kind: 'more' }
  | { kind: 'answer'; status: number; body: Buffer; keepAliveMs: number | undefined; rest: number }
  | { kind: 'tooLarge' }
  | { kind: 'malformed' }

/** The longest head of an answer, in bytes. */
const maxHeadBytes = 64 * 1024

type Phase = 'head' | 'length' | 'untilClose' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer'

/** Reads the answers of one connection, one after another. Bytes given to it may be overwritten as soon as it returns. */
export class AnswerReader {
  maxBytes = 0
  #phase: Phase = 'head'
  #status = 0
  #keepAliveMs: number | undefined
  /** Of the body, or of the chunk, in bytes. */
  #missing = 0
  /** The part of a head or of a chunk's size that has come. */
  #line = ''
  #body: Buffer = empty
  #bodyBytes = 0

  /** Whether anything of the present answer has come. */
  get hasBegun(): boolean {
    return this.#phase !== 'head' || this.#line !== ''
  }

  /** Takes bytes `from` to `to`. With an answer, `rest` says where the next one begins. */
  read(bytes: Buffer, from: number, to: number): ReadState {
    let at = from
    while (at < to || (this.#phase === 'length' && this.#missing === 0)) {
      switch (this.#phase) {
        case 'head': {
          const end = this.#readLines(bytes, at, to, '\r\n\r\n')
          if (end === undefined) return this.#line.length > maxHeadBytes ? malformed : more
          at = end
          const problem = this.#readHead()
          if (problem) return problem
          break
        }
        case 'length': {
          const end = Math.min(to, at + this.#missing)
          this.#missing -= end - at
          // All in one piece, as most are: no copy.
          if (this.#missing === 0 && this.#bodyBytes === 0) return this.#answer(copy(bytes, at, end), end)
          this.#append(bytes, at, end)
          at = end
          if (this.#missing === 0) return this.#answer(copy(this.#body, 0, this.#bodyBytes), at)
          break
        }
        case 'untilClose':
          this.#append(bytes, at, to)
          if (this.#bodyBytes > this.maxBytes) return tooLarge
          return more
        case 'chunkSize': {
          const end = this.#readLines(bytes, at, to, '\r\n')
          if (end === undefined) return this.#line.length > 1_000 ? malformed : more
          at = end
          const size = /^([0-9a-f]{1,8})[ \t]*(;|$)/i.exec(this.#line)?.[1]
          this.#line = ''
          if (size === undefined) return malformed
          this.#missing = Number.parseInt(size, 16)
          if (this.#bodyBytes + this.#missing > this.maxBytes) return tooLarge
          this.#phase = this.#missing === 0 ? 'trailer' : 'chunk'
          break
        }
        case 'chunk': {
          const end = Math.min(to, at + this.#missing)
          this.#append(bytes, at, end)
          this.#missing -= end - at
          at = end
          if (this.#missing === 0) this.#phase = 'chunkEnd'
          break
        }
        case 'chunkEnd':
        case 'trailer': {
          const isTrailer = this.#phase === 'trailer'
          const end = this.#readLines(bytes, at, to, '\r\n')
          if (end === undefined) return this.#line.length > maxHeadBytes ? malformed : more
          at = end
          const isEmpty = this.#line === ''
          this.#line = ''
          if (isTrailer && isEmpty) return this.#answer(copy(this.#body, 0, this.#bodyBytes), at)
          if (!isTrailer && !isEmpty) return malformed
          if (!isTrailer) this.#phase = 'chunkSize'
          break
        }
        default:
          this.#phase satisfies never
      }
    }
    return more
  }

  /** The connection has ended: an answer, if its end is how this one ends. */
  end(): ReadState {
    return this.#phase === 'untilClose' ? this.#answer(copy(this.#body, 0, this.#bodyBytes), 0) : malformed
  }

  #answer(body: Buffer, rest: number): ReadState {
    const answer: ReadState = { kind: 'answer', status: this.#status, body, keepAliveMs: this.#keepAliveMs, rest }
    this.#phase = 'head'
    if (this.#body.length > maxKeptBytes) this.#body = empty
    this.#bodyBytes = 0
    return answer
  }

  #readHead(): ReadState | undefined {
    const head = this.#line
    this.#line = ''
    const status = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$|\r)/.exec(head)
    if (!status) return malformed
    this.#status = Number(status[2])
    // Interim answers: the real one follows.
    if (this.#status < 200) return this.#status === 101 ? malformed : undefined
    const connection = headerOf(head, connectionHeader)?.toLowerCase() ?? ''
    const staysOpen = status[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive')
    this.#keepAliveMs = staysOpen ? keepAliveOf(head) : undefined
    const coding = headerOf(head, codingHeader)?.toLowerCase()
    const length = headerOf(head, lengthHeader)
    if (coding !== undefined) {
      if (coding !== 'chunked') return malformed
      this.#phase = 'chunkSize'
    } else if (this.#status === 204 || this.#status === 304) {
      this.#phase = 'length'
      this.#missing = 0
    } else if (length === undefined) {
      this.#phase = 'untilClose'
      this.#keepAliveMs = undefined
    } else {
      if (!/^\d{1,15}$/.test(length)) return malformed
      this.#phase = 'length'
      this.#missing = Number(length)
      if (this.#missing > this.maxBytes) return tooLarge
    }
    return undefined
  }

  /** Collects up to and without the separator into `#line`; gives where it goes on, or undefined when the separator has not come. */
  #readLines(bytes: Buffer, from: number, to: number, separator: string): number | undefined {
    if (this.#line === '') {
      const at = bytes.indexOf(separator, from, 'latin1')
      if (at >= 0 && at + separator.length <= to) {
        this.#line = bytes.toString('latin1', from, at)
        return at + separator.length
      }
    }
    // The separator may have been cut in two.
    const before = this.#line.length
    const text = this.#line + bytes.toString('latin1', from, to)
    const at = text.indexOf(separator, Math.max(0, before - separator.length))
    this.#line = at < 0 ? text : text.slice(0, at)
    return at < 0 ? undefined : from + at + separator.length - before
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const size = this.#bodyBytes + to - from
    if (size > this.#body.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(size, Math.min(size + this.#missing, 2 * size)))
      this.#body.copy(grown, 0, 0, this.#bodyBytes)
      this.#body = grown
    }
    bytes.copy(this.#body, this.#bodyBytes, from, to)
    this.#bodyBytes = size
  }
}

/** How much room for a body is kept from one answer to the next, in bytes. */
const maxKeptBytes = 256 * 1024

const empty = Buffer.alloc(0)
const more: ReadState = { kind: 'more' }
const malformed: ReadState = { kind: 'malformed' }
const tooLarge: ReadState = { kind: 'tooLarge' }

const lengthHeader = /\r\ncontent-length:[ \t]*([^\r\n]*)/i
const codingHeader = /\r\ntransfer-encoding:[ \t]*([^\r\n]*)/i
const connectionHeader = /\r\nconnection:[ \t]*([^\r\n]*)/i
const keepAliveHeader = /\r\nkeep-alive:[^\r\n]*timeout=(\d{1,6})/i

function headerOf(head: string, header: RegExp): string | undefined {
  return header.exec(head)?.[1]?.trim()
}

/** How long a connection is used again when its server does not say: half of what servers usually keep it, in milliseconds. */
const defaultKeepAliveMs = 4_000

/** A second less than the server says: a request on its way must not meet its end. */
function keepAliveOf(head: string): number {
  const seconds = headerOf(head, keepAliveHeader)
  return seconds === undefined ? defaultKeepAliveMs : Math.max(0, Number(seconds) * 1_000 - 1_000)
}

/** The reader's own room is used again: whoever gets an answer gets bytes of its own. */
function copy(bytes: Buffer, from: number, to: number): Buffer {
  const own = Buffer.allocUnsafe(to - from)
  bytes.copy(own, 0, from, to)
  return own
}
