import { connect, type Socket } from 'node:net'
import { AnswerReader } from './AnswerReader.ts'
import type { ExchangeHandler } from './Exchange.ts'

export type Http1PoolOptions = {
  host: string
  port: number
  connections: number
  /** Requests that may be under way on one connection. */
  pipelining: number
  connectTimeoutMs: number
}

/** One request on its way: all of its bytes, and who is told how it ends. */
type PendingRequest = {
  /** A text is Latin-1. */ payload: string | Buffer
  handler: ExchangeHandler
}

/**
 * Kept-alive HTTP/1.1 connections to one origin, for POSTs with answers that are wanted whole: nothing between the socket and the bytes. Half the
 * cost of undici's `dispatch`, which is for every kind of request and answer. Names are resolved anew for each connection.
 */
export class Http1Pool {
  readonly #options: Http1PoolOptions
  /** What a connection reads is looked at before the next one reads: they share the room for it. */
  readonly #room = Buffer.allocUnsafeSlow(readBytes)
  /** The one used last comes first: those that nobody needs any more grow old. */
  readonly #idle: Connection[] = []
  readonly #open = new Set<Connection>()
  #queue: PendingRequest[] = []
  #queueFrom = 0
  #connecting = 0
  #isClosing = false
  #closed: (() => void) | undefined

  constructor(options: Http1PoolOptions) {
    this.#options = options
  }

  send(payload: string | Buffer, handler: ExchangeHandler): void {
    if (this.#isClosing) {
      handler.end({ kind: 'failed' })
      return
    }
    const request = { payload, handler }
    const connection = this.#takeIdle()
    if (connection) {
      connection.send(request)
      return
    }
    this.#queue.push(request)
    if (this.#open.size < this.#options.connections && this.#connecting < this.#queue.length - this.#queueFrom) {
      this.#connect()
    }
  }

  /** Lets what is under way end. Nothing new is taken. */
  close(): Promise<void> {
    this.#isClosing = true
    return new Promise((resolve) => {
      this.#closed = resolve
      for (const idle of this.#idle.splice(0)) if (idle.pending === 0) idle.destroy()
      this.#settle()
    })
  }

  #takeIdle(): Connection | undefined {
    const now = Date.now()
    for (let connection = this.#idle.at(-1); connection; connection = this.#idle.at(-1)) {
      if (!connection.isUsable(now)) {
        this.#idle.pop()
        connection.destroy()
        continue
      }
      if (connection.pending + 1 >= this.#options.pipelining) this.#idle.pop()
      return connection
    }
    return undefined
  }

  #connect(): void {
    this.#connecting++
    const connection: Connection = new Connection(this.#options, this.#room, {
      onConnect: () => {
        this.#connecting--
        this.#release(connection)
      },
      onFree: () => this.#release(connection),
      onClose: (hadConnected) => {
        this.#open.delete(connection)
        const at = this.#idle.indexOf(connection)
        if (at >= 0) this.#idle.splice(at, 1)
        if (!hadConnected) {
          this.#connecting--
          this.#next()?.handler.end({ kind: 'failed' })
        }
        if (this.#queue.length - this.#queueFrom > this.#connecting && !this.#isClosing) this.#connect()
        this.#settle()
      },
    })
    this.#open.add(connection)
  }

  /** The connection has room: for what waits, or to wait itself. */
  #release(connection: Connection): void {
    while (connection.pending < this.#options.pipelining) {
      const request = this.#next()
      if (!request) break
      connection.send(request)
    }
    if (connection.pending < this.#options.pipelining && !this.#idle.includes(connection)) this.#idle.push(connection)
    const [oldest] = this.#idle
    if (connection.pending > 0 || !oldest) return
    if (this.#isClosing) connection.destroy()
    else if (oldest !== connection && !oldest.isUsable(Date.now())) oldest.destroy()
  }

  #next(): PendingRequest | undefined {
    while (this.#queueFrom < this.#queue.length) {
      const request = this.#queue[this.#queueFrom++]
      if (this.#queueFrom > 64 && this.#queueFrom * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#queueFrom)
        this.#queueFrom = 0
      }
      // It may have ended while it waited: it is never sent.
      if (request && !request.handler.hasEnded) return request
    }
    return undefined
  }

  #settle(): void {
    if (!this.#closed || this.#open.size > 0) return
    for (let waiting = this.#next(); waiting; waiting = this.#next()) waiting.handler.end({ kind: 'failed' })
    this.#closed()
  }
}

type Listeners = { onConnect(): void; onFree(): void; onClose(hadConnected: boolean): void }

/** How many bytes are read at a time. */
const readBytes = 64 * 1024

class Connection {
  #usableUntilMs = Number.POSITIVE_INFINITY
  readonly #socket: Socket
  readonly #listeners: Listeners
  readonly #reader = new AnswerReader()
  /** In the order in which their answers will come. */
  readonly #pending: PendingRequest[] = []
  #hasConnected = false
  /** What is to be written at the end of this turn of the event loop. */
  #unsent = ''

  constructor(options: Http1PoolOptions, room: Buffer, listeners: Listeners) {
    this.#listeners = listeners
    const connecting = setTimeout(() => this.destroy(), options.connectTimeoutMs)
    this.#socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer: room,
        callback: (count, buffer) => {
          // The buffer is the one given above.
          this.#read(buffer as Buffer, count)
          return true
        },
      },
    })
    this.#socket.on('connect', () => {
      clearTimeout(connecting)
      this.#hasConnected = true
      listeners.onConnect()
    })
    this.#socket.on('end', () => this.#end())
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      clearTimeout(connecting)
      this.#fail()
      listeners.onClose(this.#hasConnected)
    })
  }

  get pending(): number {
    return this.#pending.length
  }

  /** Whether another request may be sent: its server has not closed it, and will not at any moment. */
  isUsable(nowMs: number): boolean {
    return !this.#socket.destroyed && (this.#pending.length > 0 || this.#usableUntilMs > nowMs)
  }

  send(request: PendingRequest): void {
    request.handler.carrier = this
    this.#pending.push(request)
    if (this.#pending.length === 1) this.#reader.maxBytes = request.handler.maxBytes
    if (typeof request.payload !== 'string') {
      this.#flush()
      this.#socket.write(request.payload)
    } else if (this.#pending.length === 1 && this.#unsent === '') {
      this.#socket.write(request.payload, 'latin1')
    } else {
      if (this.#unsent === '') setImmediate(() => this.#flush())
      this.#unsent += request.payload
    }
  }

  /** Gives up a request that is under way: the answer cannot be taken off the connection. */
  abort(): void {
    this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #flush(): void {
    if (this.#unsent === '') return
    const text = this.#unsent
    this.#unsent = ''
    this.#socket.write(text, 'latin1')
  }

  #read(bytes: Buffer, count: number): void {
    let at = 0
    while (at < count) {
      const [request] = this.#pending
      // Nobody has asked.
      if (!request) {
        this.destroy()
        return
      }
      const state = this.#reader.read(bytes, at, count)
      switch (state.kind) {
        case 'more':
          return
        case 'tooLarge':
        case 'malformed':
          request.handler.end({ kind: state.kind === 'tooLarge' ? 'tooLarge' : 'failed' })
          this.destroy()
          return
        case 'answer':
          at = state.rest
          this.#pending.shift()
          this.#reader.maxBytes = this.#pending[0]?.handler.maxBytes ?? 0
          this.#usableUntilMs = state.keepAliveMs === undefined ? 0 : Date.now() + state.keepAliveMs
          request.handler.carrier = undefined
          if (state.keepAliveMs === undefined) this.destroy()
          else this.#listeners.onFree()
          request.handler.end({ kind: 'response', status: state.status, bytes: state.body })
          break
        default:
          state satisfies never
      }
    }
  }

  #end(): void {
    const [request] = this.#pending
    const state = request && this.#reader.hasBegun ? this.#reader.end() : undefined
    if (request && state?.kind === 'answer') {
      this.#pending.shift()
      request.handler.carrier = undefined
      request.handler.end({ kind: 'response', status: state.status, bytes: state.body })
    }
    this.destroy()
  }

  /** The connection is gone: what was under way was not answered. */
  #fail(): void {
    const hasBegun = this.#reader.hasBegun
    for (const [index, request] of this.#pending.splice(0).entries()) {
      request.handler.carrier = undefined
      request.handler.end({ kind: index === 0 && hasBegun ? 'failed' : 'broken' })
    }
  }
}
