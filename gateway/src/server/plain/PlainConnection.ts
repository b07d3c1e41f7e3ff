import type { Socket } from 'node:net'
import { PlainCaller, type PlainCarrier } from './PlainCaller.ts'
import type { ReadPlainRequest } from './readPlainRequest.ts'

/** What a {@link PlainConnection} needs of its door. */
export type PlainHost = {
  /** Of all connections. */
  readonly read: ReadPlainRequest
  readonly keepAliveMs: number
  date(): string
  /** Whether connections end with the answer that is under way. */
  isStopping(): boolean
  /** Answers a request. Never rejects. */
  answer(caller: PlainCaller): Promise<void>
  /** The connection is node:http's from here on. */
  handOver(connection: PlainConnection): void
  /** The connection is gone. */
  forget(connection: PlainConnection): void
}

/** What is under way on a connection: an answer, until the client has taken it, a request that has not come whole, or nothing since the last answer. */
export type PlainPhase = { phase: 'answering' } | { phase: 'asking' | 'idle'; sinceMs: number }

/** How much of later requests is read while one is answered, in bytes. */
const maxWaitingBytes = 64 * 1024

/**
 * A client's connection as long as all that comes on it is plain: one request after the other is read and answered, without node:http. With the first one that is not
 * plain, or that comes too slowly, the connection goes to node:http for good, with what has been read of it.
 */
export class PlainConnection implements PlainCarrier {
  readonly socket: Socket
  readonly #host: PlainHost
  #caller: PlainCaller | undefined
  /** What has come of requests that wait, or are not whole. */
  #waiting: Buffer | undefined
  /** With how many bytes the request that is not whole will be. */
  #neededBytes = 0
  #phase: 'asking' | 'idle' = 'asking'
  #sinceMs = Date.now()

  constructor(socket: Socket, host: PlainHost) {
    this.socket = socket
    this.#host = host
    socket.on('data', this.#onData)
    socket.on('drain', this.#read)
    socket.on('end', this.#onEnd)
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
  }

  get isStopping(): boolean {
    return this.#host.isStopping()
  }

  get keepAliveMs(): number {
    return this.#host.keepAliveMs
  }

  phase(): PlainPhase {
    if (this.#caller || this.socket.writableLength > 0) return { phase: 'answering' }
    return { phase: this.#phase, sinceMs: this.#sinceMs }
  }

  date(): string {
    return this.#host.date()
  }

  done(isLast: boolean): void {
    this.#caller = undefined
    this.#turn(this.#waiting ? 'asking' : 'idle')
    if (isLast || this.isStopping) this.socket.end()
    // Not within the answer's own turn: its end is told first.
    else if (this.#waiting) queueMicrotask(this.#read)
  }

  /** Ends the connection, unless a request is being answered: then it ends with that. */
  endIfFree(): void {
    if (!this.#caller) this.socket.destroySoon()
  }

  /** Gives the socket away, with what has come and was not answered. Nothing may be under way. */
  release(): Socket {
    const { socket } = this
    socket.off('data', this.#onData)
    socket.off('drain', this.#read)
    socket.off('end', this.#onEnd)
    socket.off('error', ignore)
    socket.off('close', this.#onClose)
    if (this.#waiting) socket.unshift(this.#waiting)
    this.#waiting = undefined
    return socket
  }

  #turn(phase: 'asking' | 'idle'): void {
    this.#phase = phase
    this.#sinceMs = Date.now()
  }

  /** Who does not read answers is not given more of them. */
  #isBusy(): boolean {
    return this.#caller !== undefined || this.socket.writableNeedDrain
  }

  readonly #onData = (chunk: Buffer) => {
    if (this.#phase === 'idle') this.#turn('asking')
    this.#waiting = this.#waiting ? Buffer.concat([this.#waiting, chunk]) : chunk
    if (!this.#isBusy()) this.#read()
    else if (this.#waiting.length > maxWaitingBytes) this.socket.pause()
  }

  readonly #read = () => {
    const bytes = this.#waiting
    if (!bytes || this.#isBusy() || this.socket.destroyed || bytes.length < this.#neededBytes) return
    if (this.socket.isPaused()) this.socket.resume()
    const read = this.#host.read(bytes)
    switch (read.kind) {
      case 'other':
        this.#host.handOver(this)
        return
      case 'partial':
        this.#neededBytes = read.neededBytes
        return
      case 'request':
        this.#neededBytes = 0
        this.#waiting = bytes.length > read.end ? bytes.subarray(read.end) : undefined
        this.#caller = new PlainCaller(this, read)
        void this.#host.answer(this.#caller)
        return
      default:
        read satisfies never
    }
  }

  /** Who says nothing more has left: so node:http has it. */
  readonly #onEnd = () => {
    this.#caller?.leave()
    this.socket.end()
  }

  readonly #onClose = () => {
    this.#caller?.leave()
    this.#waiting = undefined
    this.#host.forget(this)
  }
}

/** A `close` follows. */
function ignore(): void {}
