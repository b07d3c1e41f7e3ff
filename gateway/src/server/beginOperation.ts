import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { neverCancelled } from '../executor/CancelSignal.ts'
import { LivingContext } from '../executor/RequestContext.ts'
import type { EventStream } from '../stream/EventStream.ts'
import { OperationLine } from './OperationLine.ts'
import type { OperationLogEntry, Room } from './Room.ts'
import type { StreamConnection } from './streamQuota.ts'

export type BeginOperationRequest = {
  room: Room
  door: OperationLogEntry['door']
  /** The client's: see `ClientRequest`. */
  headers: IncomingHttpHeaders
  /** Who asks, now: a client may renew its token while the operation runs. */
  identity: () => Identity | undefined
  /** Where a subscription is counted. */
  connection: StreamConnection
  payload: OperationPayload
  /** Whether the client takes an answer in parts, where it has deferred some. */
  takesParts?: boolean
  /** What keeps it from beginning, beside what every door looks at. */
  refuses?(): { error: GraphQLError; status: number } | undefined
}

/** What a client asks for. */
export type OperationPayload = {
  query: string
  operationName?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
}

export type BegunOperation =
  | { kind: 'stream'; stream: EventStream; line: OperationLine }
  /** Nothing runs, and the log line is written. `status` is what HTTP would say. */
  | { kind: 'errors'; errors: readonly GraphQLError[]; status: number }

/**
 * Begins an operation of any kind as a stream, for whichever door: takes the newest graph, the operation, a place for a subscription.
 * The operation's one log line is written at its end.
 */
export function beginOperation(request: BeginOperationRequest): BegunOperation {
  const { room, payload } = request
  const identity = request.identity()
  // Each event's fetches, and each new subscription upstream, are signed for whoever it is by then.
  const context = new LivingContext(
    room.createContext({ headers: request.headers, identity, signal: neverCancelled }),
    request.identity,
  )
  const line = new OperationLine(room, request.door, context.requestId)
  let release = () => {}
  try {
    const refusal = request.refuses?.()
    if (refusal) return refuse([refusal.error], refusal.status)
    const generation = room.current()
    const found = generation.getOperation(payload.query, payload.operationName ?? undefined)
    if (found.kind === 'errors') return refuse(found.errors, 400)
    const { operation } = found
    line.about(operation)
    if (operation.kind === 'subscription') {
      const place = room.streams.take(identity, request.connection)
      if (place.kind === 'refused') return refuse([place.error], 503)
      const letGo = room.holdTransport(generation)
      release = () => {
        place.release()
        letGo()
      }
    }
    const opened = room.openStream({
      operation,
      variables: payload.variables ?? undefined,
      context,
      transport: room.transportOf(generation),
      takesParts: request.takesParts,
      onEnd(end) {
        release()
        line.end(end.kind === 'left' ? 499 : 200, end.kind === 'failed' ? [end.error] : [])
      },
    })
    if (opened.kind === 'errors') return refuse(opened.errors, 400)
    return { kind: 'stream', stream: opened.stream, line }
  } catch (error) {
    room.log.error({ err: error, requestId: context.requestId }, 'operation could not begin')
    return refuse([codedError('INTERNAL_SERVER_ERROR', 'Internal server error')], 500)
  }

  function refuse(errors: readonly GraphQLFormattedError[], status: number): BegunOperation {
    release()
    line.end(status, errors)
    return {
      kind: 'errors',
      status,
      errors: errors.map((error) => (error instanceof GraphQLError ? error : new GraphQLError(error.message, error))),
    }
  }
}
