import type { Dispatcher } from 'undici'
import type { Origin } from './Origin.ts'

/** How one HTTP request ended. */
export type Exchange =
  | { kind: 'response'; status: number; bytes: Buffer }
  /** The connection broke before anything of an answer came. */
  | { kind: 'broken' }
  /** No connection, or it broke within the answer. */
  | { kind: 'failed' }
  | { kind: 'timeout' }
  | { kind: 'tooLarge' }
  | { kind: 'aborted' }

export type ExchangeRequest = {
  /** Names and values by turns. */
  headers: readonly string[]
  body: string
  /** Whether a connection may carry other requests before its answer has come, and it may be sent twice. */
  isRepeatable: boolean
  /** Until the last byte of the answer. */
  timeoutMs: number
  maxBytes: number
}

/** Starts one POST. `done` never rejects; `abort` ends it as `aborted`. */
export function startExchange(origin: Origin, request: ExchangeRequest): { done: Promise<Exchange>; abort(): void } {
  let handler: ExchangeHandler | undefined
  const done = new Promise<Exchange>((resolve) => {
    handler = new ExchangeHandler(request, resolve)
    try {
      origin.post(request, handler)
    } catch {
      // A pool that is closed, or a header that is none.
      handler.end({ kind: 'failed' })
    }
  })
  return { done, abort: () => handler?.end({ kind: 'aborted' }) }
}

/** What can be torn down while a request is under way on it. */
type Carrier = { abort(reason: Error): void }

/** The life of one request. A class, so that the callbacks of thousands under way share one shape. */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  /** What carries the request now, if anything does. */
  carrier: Carrier | undefined
  readonly maxBytes: number
  readonly #resolve: (exchange: Exchange) => void
  readonly #timer: NodeJS.Timeout
  #chunks: Buffer[] | undefined
  #bytes = 0
  #status = 0
  #hasEnded = false

  constructor({ timeoutMs, maxBytes }: ExchangeRequest, resolve: (exchange: Exchange) => void) {
    this.#resolve = resolve
    this.maxBytes = maxBytes
    this.#timer = setTimeout(() => this.end({ kind: 'timeout' }), timeoutMs)
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Ends the request once; what is still under way of it is torn down. */
  end(exchange: Exchange): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    this.#resolve(exchange)
    if (exchange.kind !== 'response') this.carrier?.abort(new Error(exchange.kind))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.carrier = controller
    // It ended while it waited for a connection: it is never sent.
    if (this.#hasEnded) controller.abort(new Error('ended'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#status = status
    if (Number(headers['content-length']) > this.maxBytes) this.end({ kind: 'tooLarge' })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks ??= []
    this.#bytes += chunk.length
    if (this.#bytes > this.maxBytes) this.end({ kind: 'tooLarge' })
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.end({ kind: 'response', status: this.#status, bytes: Buffer.concat(this.#chunks ?? []) })
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.end({ kind: this.#status === 0 && isBrokenConnection(error) ? 'broken' : 'failed' })
  }
}

function isBrokenConnection(error: Error & { code?: unknown }): boolean {
  return error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET' || error.code === 'EPIPE'
}
