import type { ServerResponse } from 'node:http'
import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import type { OnTokenEnd } from '../identity/createTokenWatch.ts'
import type { EventStream } from '../stream/EventStream.ts'
import type { Frames } from './createFrames.ts'
import type { OperationLine } from './OperationLine.ts'
import { openResponseWriter } from './responseWriter.ts'
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
  /** Shared by all streams of a door. */
  frames: Frames
  stream: EventStream
  line: OperationLine
  identity: Identity | undefined
  onTokenEnd: OnTokenEnd
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
  const cancelWatch = options.identity
    ? options.onTokenEnd(options.identity, (why) => cut(format.failed([why]), why))
    : () => {}
  const writer = openResponseWriter({
    response,
    format,
    writeTimeoutMs: limits.writeTimeoutMs,
    onClose() {
      release()
      options.onEnd()
    },
  })
  pump().catch((error: unknown) => {
    options.log.error({ err: error }, 'stream failed')
    response.destroy()
  })
  return {
    goAway() {
      const error = goingAway()
      cut(format.goAway(error, retryMsOf(limits)), error)
    },
  }

  async function pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await stream.next()
        if (isOver) return
        if (done) return finish(format.complete)
        line.sent(value)
        await writer.write(options.frames(format, value))
        if (isOver) return
      }
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      if (!isOver) finish(format.failed([error]))
    }
  }

  /** First the last words: what the freed stream would still say must not look as if it had completed. */
  function cut(words: string, error: GraphQLError): void {
    if (isOver) return
    line.told([error])
    finish(words)
  }

  function finish(words: string): void {
    release()
    writer.end(words)
  }

  function release(): void {
    if (isOver) return
    isOver = true
    cancelWatch()
    // Frees the places, and whatever runs below, at once.
    void stream.return()
  }
}

/** Why streams end when the gateway stops. */
export function goingAway(): GraphQLError {
  return codedError('SERVICE_UNAVAILABLE', 'This gateway is stopping: subscribe again, at another one')
}

/** When a client is to come again: spread, so that not all come at once. */
export function retryMsOf({ maxRetryMs }: HttpStreamLimits): number {
  return Math.ceil(maxRetryMs * (0.25 + 0.75 * Math.random()))
}
