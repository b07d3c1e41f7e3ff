import type { Dispatcher, Pool } from 'undici'

/** How one HTTP request ended. */
export type Exchange =
  | { kind: 'response'; status: number; body: Buffer }
  /** The connection broke before anything of an answer came. */
  | { kind: 'broken' }
  /** No connection, or it broke within the answer. */
  | { kind: 'failed' }
  | { kind: 'timeout' }
  | { kind: 'tooLarge' }
  | { kind: 'aborted' }

export type ExchangeRequest = {
  path: string
  headers: Record<string, string>
  body: string
  /** Until the last byte of the answer. */
  timeoutMs: number
  maxBytes: number
}

/** Starts one POST through undici's low-level `dispatch`. `done` never rejects; `abort` ends it as `aborted`. */
export function startExchange(pool: Pool, request: ExchangeRequest): { done: Promise<Exchange>; abort(): void } {
  let exchange: ExchangeHandler | undefined
  const done = new Promise<Exchange>((resolve) => {
    const handler = new ExchangeHandler(request, resolve)
    exchange = handler
    const { path, headers, body } = request
    try {
      pool.dispatch({ path, method: 'POST', headers, body }, handler)
    } catch {
      // A pool that is closed, or a header that is none.
      handler.end({ kind: 'failed' })
    }
  })
  return { done, abort: () => exchange?.end({ kind: 'aborted' }) }
}

/** The life of one request. A class, so that the callbacks of thousands under way share one shape. */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (exchange: Exchange) => void
  readonly #maxBytes: number
  readonly #timer: NodeJS.Timeout
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #bytes = 0
  #status = 0
  #hasEnded = false

  constructor({ timeoutMs, maxBytes }: ExchangeRequest, resolve: (exchange: Exchange) => void) {
    this.#resolve = resolve
    this.#maxBytes = maxBytes
    this.#timer = setTimeout(() => this.end({ kind: 'timeout' }), timeoutMs)
  }

  /** Ends the request once; what is still under way of it is torn down. */
  end(exchange: Exchange): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    this.#resolve(exchange)
    if (exchange.kind !== 'response') this.#controller?.abort(new Error(exchange.kind))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It ended while it waited for a connection: it is never sent.
    if (this.#hasEnded) controller.abort(new Error('ended'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#status = status
    if (Number(headers['content-length']) > this.#maxBytes) this.end({ kind: 'tooLarge' })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.end({ kind: 'tooLarge' })
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [only, another] = this.#chunks
    const body = only && !another ? only : Buffer.concat(this.#chunks)
    this.end({ kind: 'response', status: this.#status, body })
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.end({ kind: this.#status === 0 && isBrokenConnection(error) ? 'broken' : 'failed' })
  }
}

function isBrokenConnection(error: Error & { code?: unknown }): boolean {
  return error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET' || error.code === 'EPIPE'
}
