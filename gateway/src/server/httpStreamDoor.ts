import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HTTPGraphQLRequest } from '@apollo/server'
import type { Running } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import type { GraphQLError } from 'graphql'
import type { CompiledOperation } from '../operation/CompiledOperation.ts'
import { beginOperation, type OperationPayload } from './beginOperation.ts'
import { createFrames } from './createFrames.ts'
import { deferFormat, incrementalSpecFormat } from './deferFormat.ts'
import { defaultHttpStreamLimits, type HttpStream, type HttpStreamLimits, sendHttpStream } from './httpStream.ts'
import type { Room } from './Room.ts'
import { readPayload } from './readPayload.ts'
import { type AcceptedStream, readStreamFormat } from './readStreamFormat.ts'
import { beginHttpStream } from './responseWriter.ts'
import type { StreamFormat } from './StreamFormat.ts'
import { type Refusal, sendRefusal } from './sendError.ts'
import { createSseReservations, type Managed, type ReservationEntry, type SseReservations } from './sseReservations.ts'

/** Streams in HTTP responses: GraphQL over SSE and Apollo's multipart protocol. */
export type HttpStreamDoor = Running & {
  /**
   * Takes a request that is to be answered as a stream, with its log line and all. `other` leaves it, untouched, to be answered plainly.
   */
  take(entry: HttpStreamEntry): Taken
  /** Requests about reserved event streams that have no operation in them: see `SseReservations`. */
  manage(entry: ReservationEntry): Managed
  /** A request that begins an operation on a reserved event stream. */
  begin: SseReservations['begin']
  /** How many responses are being streamed, or reserved. */
  count(): number
}

/** `ended` is there for a query or a mutation, which counts among the operations that run until then. */
export type Taken = { kind: 'taken'; ended?: Promise<void> } | { kind: 'other' }

export type HttpStreamEntry = {
  request: IncomingMessage
  response: ServerResponse
  identity: Identity | undefined
  /** As `readOperation` gives it. */
  read: HTTPGraphQLRequest
}

/** The {@link HttpStreamDoor} of a room. Stopping ends every stream with a hint to come again. */
export function createHttpStreamDoor(room: Room, given: Partial<HttpStreamLimits> = {}): HttpStreamDoor {
  const limits = { ...defaultHttpStreamLimits, ...given }
  /** With what ends them early: an answer in parts ends by itself. */
  const streams = new Map<HttpStream, { isEndless: boolean }>()
  const frames = createFrames()
  const reservations = createSseReservations(room, limits)
  let stopping: Promise<void> | undefined
  let allGone: (() => void) | undefined
  return {
    count: () => streams.size + reservations.count(),
    manage: reservations.manage,
    begin: reservations.begin,
    take(entry) {
      const { request, read } = entry
      const accepted = readStreamFormat(request.headers.accept)
      const payload = accepted && readPayload(read)
      if (!payload) return other
      const found = room.current().getOperation(payload.query, payload.operationName)
      const operation = found.kind === 'compiled' ? found.operation : undefined
      // A page may send a GET to anywhere without asking: it must not change anything.
      if (operation?.kind === 'mutation' && read.method === 'GET') return other
      const format = formatFor(accepted, operation, payload)
      if (!format) return other
      const refusal = refusalOf(request)
      if (!refusal) return open(entry, { format, payload, isEndless: operation?.kind === 'subscription' })
      refuse(entry, format, refusal)
      return { kind: 'taken' }
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  async function stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      allGone = resolve
      if (streams.size === 0) resolve()
    })
    for (const [stream, { isEndless }] of streams) if (isEndless) stream.goAway()
    await Promise.all([gone, reservations.stop()])
  }

  function refusalOf({ headers }: IncomingMessage): Refusal | undefined {
    if (!room.allowsOrigin(headers.origin, headers.host)) {
      return { status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not subscribe here' }
    }
    if (!stopping && !room.isDraining()) return undefined
    const message = 'This gateway is stopping: subscribe again, at another one'
    return { status: 503, code: 'SERVICE_UNAVAILABLE', message, headers: { 'retry-after': '1' } }
  }

  function open(
    { request, response, identity }: HttpStreamEntry,
    { format, payload, isEndless }: { format: StreamFormat; payload: OperationPayload; isEndless: boolean },
  ): Taken {
    const begun = beginOperation({
      room,
      door: format.door,
      headers: request.headers,
      identity: () => identity,
      connection: { streamCount: 0 },
      payload,
      takesParts: format === deferFormat || format === incrementalSpecFormat,
    })
    if (begun.kind === 'errors') {
      sendErrors(response, format, begun.errors)
      return { kind: 'taken' }
    }
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const stream = sendHttpStream({
      response,
      format,
      frames,
      stream: begun.stream,
      line: begun.line,
      // A query that may begin may end.
      identity: isEndless ? identity : undefined,
      onTokenEnd: room.onTokenEnd,
      limits,
      log: room.log,
      onEnd() {
        streams.delete(stream)
        end()
        if (streams.size === 0) allGone?.()
      },
    })
    streams.set(stream, { isEndless })
    return isEndless ? { kind: 'taken' } : { kind: 'taken', ended }
  }

  function refuse({ request, response }: HttpStreamEntry, format: StreamFormat, refusal: Refusal): void {
    sendRefusal(response, refusal, request.headers.accept)
    room.logOperation({
      requestId: String(request.headers['x-request-id']),
      door: format.door,
      operationName: undefined,
      durationMs: 0,
      status: refusal.status,
      errorCodes: [refusal.code],
    })
  }
}

const other: Taken = { kind: 'other' }

/** How an operation is to be streamed, if it is: one that could not be compiled is answered as a query would be. */
function formatFor(
  { format, parts, takesJson }: AcceptedStream,
  operation: CompiledOperation | undefined,
  { variables }: OperationPayload,
): StreamFormat | undefined {
  if (operation?.kind === 'subscription') return format
  if (parts && operation?.incremental?.isOn(variables ?? undefined)) return parts
  return takesJson ? undefined : (format ?? parts)
}

/** An operation that could not begin is a stream of one result, by both protocols. */
function sendErrors(response: ServerResponse, format: StreamFormat, errors: readonly GraphQLError[]): void {
  beginHttpStream(response, format)
  response.end(format.failed(errors))
}
