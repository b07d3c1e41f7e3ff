import { isAscii } from 'node:buffer'
import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FlatAnswer } from '../../executor/flat/executeFlat.ts'
import { type Caller, failPair, type HttpPair } from '../Caller.ts'
import { requestIdOf } from '../createContext.ts'
import { smallAnswerBytes } from '../sendAnswer.ts'

/** What a {@link PlainCaller} needs of its connection. */
export type PlainCarrier = {
  readonly socket: Socket
  /** Whether this answer is the connection's last. */
  readonly isStopping: boolean
  /** For how long a connection is kept after it, in milliseconds. */
  readonly keepAliveMs: number
  /** The `Date` of an answer now. */
  date(): string
  /** It has been answered. */
  done(isLast: boolean): void
}

/** One plain request: a {@link Caller} that is answered without node:http, or with a pair of its own making. */
export class PlainCaller implements Caller {
  readonly method = 'POST'
  readonly url = '/graphql'
  readonly headers: IncomingHttpHeaders
  readonly #carrier: PlainCarrier
  readonly #body: Buffer
  #head: readonly (readonly [string, string])[] = []
  #hasEnded = false
  #leave: (() => void) | undefined
  #pair: HttpPair | undefined

  constructor(carrier: PlainCarrier, { headers, body }: { headers: IncomingHttpHeaders; body: Buffer }) {
    this.#carrier = carrier
    this.#body = body
    this.headers = headers
    headers['x-request-id'] = requestIdOf(headers)
  }

  setHead(headers: readonly (readonly [string, string])[]): void {
    this.#head = headers
  }

  readBody(): Buffer {
    return this.#body
  }

  /** The same bytes as node:http's, for the same headers. */
  send(answer: string | FlatAnswer, contentType: string): void {
    const { socket, isStopping } = this.#carrier
    const isText = typeof answer === 'string'
    const length = isText ? Buffer.byteLength(answer) : answer.bytes.length
    const head = this.#headOf(contentType, length)
    if (isText) socket.write(head + answer, length === answer.length ? 'latin1' : 'utf8')
    else if (length <= smallAnswerBytes && isAscii(answer.bytes)) {
      socket.write(head + answer.bytes.toString('latin1'), 'latin1')
      answer.release()
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      // For a client that leaves it is never called: then the memory is the garbage collector's.
      socket.write(answer.bytes, answer.release)
      socket.uncork()
    }
    this.#end(isStopping)
  }

  status(): number {
    return this.#pair?.response.statusCode ?? 200
  }

  onLeave(call: () => void): void {
    this.#leave = call
  }

  /** The client has left. */
  leave(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#leave?.()
  }

  pair(): HttpPair {
    this.#pair ??= this.#createPair()
    return this.#pair
  }

  fail(): void {
    if (this.#hasEnded) this.#carrier.socket.destroy()
    else failPair(this.pair())
  }

  #headOf(contentType: string, length: number): string {
    const { isStopping, keepAliveMs } = this.#carrier
    const type = `content-type: ${contentType}`
    // In the order of node:http's door.
    const about =
      this.headers.authorization === undefined
        ? `${type}\r\ncache-control: no-store`
        : `cache-control: private, no-store\r\n${type}`
    const connection = isStopping ? 'close' : `keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1_000}`
    let head = 'HTTP/1.1 200 OK\r\n'
    for (const [name, value] of this.#head) head += `${name}: ${value}\r\n`
    return `${head}${about}\r\nDate: ${this.#carrier.date()}\r\nConnection: ${connection}\r\nContent-Length: ${length}\r\n\r\n`
  }

  #createPair(): HttpPair {
    const { socket, keepAliveMs, isStopping } = this.#carrier
    const request = new IncomingMessage(socket)
    const { method, url, headers } = this
    Object.assign(request, { method, url, headers, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 })
    request.complete = true
    request.push(this.#body)
    request.push(null)
    const response = new ServerResponse(request)
    // As its server would: it is what `Keep-Alive` tells.
    Object.assign(response, { _keepAliveTimeout: keepAliveMs })
    for (const [name, value] of this.#head) response.setHeader(name, value)
    if (isStopping) response.setHeader('connection', 'close')
    response.assignSocket(socket)
    response.once('finish', () => {
      response.detachSocket(socket)
      response.emit('close')
      this.#end(response.getHeader('connection') === 'close')
    })
    return { request, response }
  }

  #end(isLast: boolean): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#carrier.done(isLast)
  }
}
