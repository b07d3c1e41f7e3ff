import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { StreamResult } from '../stream/EventStream.ts'
import type { OperationLogEntry, Room } from './Room.ts'

/** What the log says of one operation that is sent as a stream, gathered while it runs. */
export type OperationLine = {
  /** Which operation it is. */
  about(operation: { name: string | undefined; kind: string }): void
  /** A result went out to the client. */
  sent(result: StreamResult): void
  /** Errors that the client is told otherwise. */
  told(errors: readonly GraphQLFormattedError[]): void
  /** Writes the line. `status` is what HTTP would have had, 499 when the client left. */
  end(status: number, errors: readonly GraphQLFormattedError[]): void
}

/** Starts the {@link OperationLine} of what came by a door. */
export function startOperationLine(room: Room, door: OperationLogEntry['door'], requestId: string): OperationLine {
  const startedMs = performance.now()
  const codes = new Set<string>()
  let operationName: string | undefined
  let isStream = false
  let results = 0
  return {
    about(operation) {
      operationName = operation.name
      isStream = operation.kind === 'subscription'
    },
    sent(result) {
      results++
      if (result.errors) addCodes(result.errors)
    },
    told: addCodes,
    end(status, errors) {
      addCodes(errors)
      room.logOperation({
        requestId,
        door,
        operationName,
        durationMs: performance.now() - startedMs,
        // Whoever leaves a stream after an answer has been answered.
        status: status === 499 && results > 0 ? 200 : status,
        ...(codes.size > 0 && { errorCodes: [...codes] }),
        ...(isStream && { events: results }),
      })
    },
  }

  function addCodes(errors: readonly GraphQLFormattedError[]): void {
    for (const error of errors) {
      if (typeof error.extensions?.code === 'string') codes.add(error.extensions.code)
      // Masked for the client: here is what it was.
      if (error instanceof GraphQLError && error.extensions.code === 'INTERNAL_SERVER_ERROR' && error.originalError) {
        room.log.error({ err: error.originalError, requestId }, 'operation failed')
      }
    }
  }
}
