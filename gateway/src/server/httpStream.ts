import type { ServerResponse } from 'node:http'
import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import { callAt } from '../stream/callAt.ts'
import type { EventStream } from '../stream/EventStream.ts'
import type { OperationLine } from './operationLine.ts'
import type { StreamFormat } from './StreamFormat.ts'

export type HttpStreamLimits = {
  /** How long a client may leave what was written unread, while more waits; then its connection is destroyed. Default 30 s. */
  writeTimeoutMs: number
  /** Within which time clients are asked to come again when the gateway stops, spread so that they do not come at once. Default 2 s. */
  maxRetryMs: number
}

export const defaultHttpStreamLimits: HttpStreamLimits = { writeTimeoutMs: 30_000, maxRetryMs: 2_000 }

/** A response that is written as a stream. */
export type HttpStream = {
  /** Ends it, though there would be more: the client is to come again. */
  goAway(): void
}

export type HttpStreamOptions = {
  response: ServerResponse
  format: StreamFormat
  stream: EventStream
  line: OperationLine
  identity: Identity | undefined
  limits: HttpStreamLimits
  log: Log
  /** Called once, when the connection is through with it. */
  onEnd(): void
}

/**
 * Writes the results of an operation as they come, each when the one before has been taken: whoever reads slowly makes its source wait, and
 * whoever does not read at all is dropped. Ends with `UNAUTHENTICATED` when the token does. A client that leaves frees the stream at once.
 */
export function sendHttpStream(options: HttpStreamOptions): HttpStream {
  const { response, format, stream, line, limits } = options
  let isOver = false
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(format.heartbeat)
  }, format.heartbeatMs)
  const cancelExpiry = options.identity ? callAt(options.identity.expiresAtMs, expire) : () => {}
  /** Runs while the client has not taken what was written. */
  let patience: NodeJS.Timeout | undefined

  response.once('close', close)
  if (response.destroyed) {
    // It left while its token was being verified.
    setImmediate(close)
  } else {
    beginHttpStream(response, format)
  }
  pump().catch((error: unknown) => {
    options.log.error({ err: error }, 'stream failed')
    response.destroy()
  })
  return {
    goAway() {
      const error = codedError('SERVICE_UNAVAILABLE', 'This gateway is stopping: subscribe again, at another one')
      const spread = Math.ceil(limits.maxRetryMs * (0.25 + 0.75 * Math.random()))
      cut(format.goAway(error, spread), error)
    },
  }

  async function pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await stream.next()
        if (isOver) return
        if (done) return finish(format.complete)
        line.sent(value)
        await write(format.next(value))
        if (isOver) return
      }
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      if (!isOver) finish(format.failed([error]))
    }
  }

  function close(): void {
    clearTimeout(patience)
    release()
    options.onEnd()
  }

  /** Resolves when there is room for more. */
  function write(text: string): Promise<void> | undefined {
    if (response.write(text)) return undefined
    patience = setTimeout(() => response.destroy(), limits.writeTimeoutMs)
    return new Promise((resolve) => {
      const onRoom = () => {
        clearTimeout(patience)
        response.off('drain', onRoom)
        response.off('close', onRoom)
        resolve()
      }
      response.on('drain', onRoom)
      response.on('close', onRoom)
    })
  }

  function expire(): void {
    const error = codedError('UNAUTHENTICATED', 'The token has expired')
    cut(format.failed([error]), error)
  }

  /** First the last words: what the freed stream would still say must not look as if it had completed. */
  function cut(words: string, error: GraphQLError): void {
    if (isOver) return
    line.told([error])
    finish(words)
  }

  function finish(words: string): void {
    if (isOver) return
    release()
    clearTimeout(patience)
    patience = setTimeout(() => response.destroy(), limits.writeTimeoutMs)
    response.end(words)
  }

  function release(): void {
    if (isOver) return
    isOver = true
    clearInterval(heartbeat)
    cancelExpiry()
    // Frees the places, and whatever runs below, at once.
    void stream.return()
  }
}

/** Sends the head of a response that is a stream: kept by no cache, and gathered by no proxy (nginx reads `x-accel-buffering`). */
export function beginHttpStream(response: ServerResponse, format: StreamFormat): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  response.writeHead(200, { 'content-type': format.contentType, 'x-accel-buffering': 'no' })
  response.write(format.opening)
}
