import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import { type BegunOperation, beginOperation, type OperationPayload } from './beginOperation.ts'
import { goingAway, type HttpStreamLimits, retryMsOf } from './httpStream.ts'
import type { Room } from './Room.ts'
import { openResponseWriter, type ResponseWriter } from './responseWriter.ts'
import { sseEvent, sseFormat } from './sseFormat.ts'

/** An event stream that one client has reserved, and the operations whose results it carries. */
export type SseReservation = {
  /** Who reserved it. */
  readonly identity: Identity | undefined
  /** The same user has a newer token: the stream lives as long as that. */
  refresh(identity: Identity | undefined): void
  /** Begins the stream, once: false when there is one already. */
  connect(response: ServerResponse): boolean
  /** Begins an operation whose results go into the stream. */
  begin(operationId: string, headers: IncomingHttpHeaders, payload: OperationPayload): Begun
  /** The client leaves an operation. */
  complete(operationId: string): void
  /** Ends it: the client is to come again. */
  goAway(): void
}

export type Begun = { kind: 'begun' } | Extract<BegunOperation, { kind: 'errors' }>

/** How long a reservation is kept for its stream to begin, and how many operations may run on one. */
const connectTimeoutMs = 10_000
const maxOperations = 100

/** Opens an {@link SseReservation}; `onEnd` is called once, when nothing of it is left. */
export function openSseReservation(options: {
  room: Room
  identity: Identity | undefined
  limits: HttpStreamLimits
  onEnd(): void
}): SseReservation {
  const { room, limits } = options
  let { identity } = options
  const operations = new Map<string, { end(error?: GraphQLError): void }>()
  const connection = { streamCount: 0 }
  let writer: ResponseWriter | undefined
  let hasConnected: () => void = () => {}
  const connected = new Promise<void>((resolve) => {
    hasConnected = resolve
  })
  let isOver = false
  const timer = setTimeout(release, connectTimeoutMs)
  let cancelWatch = watchToken()

  return {
    get identity() {
      return identity
    },
    refresh(given) {
      if (!given || !identity || isOver || given.expiresAtMs <= identity.expiresAtMs) return
      identity = given
      cancelWatch()
      cancelWatch = watchToken()
    },
    connect(response) {
      if (writer || isOver) return false
      clearTimeout(timer)
      writer = openResponseWriter({
        response,
        format: sseFormat,
        writeTimeoutMs: limits.writeTimeoutMs,
        onClose: release,
      })
      hasConnected()
      return true
    },
    begin,
    complete(operationId) {
      operations.get(operationId)?.end()
    },
    goAway: () => cut(sseFormat.goAway(goingAway(), retryMsOf(limits)), goingAway()),
  }

  function begin(operationId: string, headers: IncomingHttpHeaders, payload: OperationPayload): Begun {
    const begun = beginOperation({
      room,
      door: 'sse',
      headers,
      identity: () => identity,
      connection,
      payload,
      refuses() {
        if (operations.has(operationId)) {
          return { error: codedError('BAD_REQUEST', 'Expected an `operationId` that is not in use'), status: 409 }
        }
        if (operations.size < maxOperations) return undefined
        const message = `Expected at most ${maxOperations} operations at a time on one stream`
        return { error: codedError('REQUEST_CONCURRENCY_LIMITED', message), status: 503 }
      },
    })
    if (begun.kind === 'errors') return begun
    const { stream, line } = begun
    const operation = {
      end(error?: GraphQLError) {
        operations.delete(operationId)
        if (error) line.told([error])
        void stream.return()
      },
    }
    operations.set(operationId, operation)
    pump().catch((error: unknown) => {
      room.log.error({ err: error }, 'stream failed')
      operation.end()
    })
    return { kind: 'begun' }

    async function pump(): Promise<void> {
      await connected
      try {
        for (;;) {
          const { done, value } = await stream.next()
          if (operations.get(operationId) !== operation) return
          if (done) break
          line.sent(value)
          await writer?.write(nextOf(operationId, value.text))
        }
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        if (operations.get(operationId) !== operation) return
        writer?.write(nextOf(operationId, JSON.stringify({ errors: [error] })))
      }
      operations.delete(operationId)
      writer?.write(completeOf(operationId))
    }
  }

  function watchToken(): () => void {
    if (!identity) return () => {}
    return room.onTokenEnd(identity, (error) => {
      const words = [...operations.keys()].map((id) => nextOf(id, JSON.stringify({ errors: [error] })) + completeOf(id))
      cut(words.join(''), error)
    })
  }

  /** First the last words: see `sendHttpStream`. */
  function cut(words: string, error: GraphQLError): void {
    if (isOver) return
    for (const operation of [...operations.values()]) operation.end(error)
    if (writer) writer.end(words)
    else release()
  }

  function release(): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    cancelWatch()
    hasConnected()
    for (const operation of [...operations.values()]) operation.end()
    options.onEnd()
  }
}

/** `payload` is JSON. */
function nextOf(id: string, payload: string): string {
  return sseEvent('next', `{"id":${JSON.stringify(id)},"payload":${payload}}`)
}

function completeOf(id: string): string {
  return sseEvent('complete', JSON.stringify({ id }))
}
