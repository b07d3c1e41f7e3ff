import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { StreamResult } from '../stream/EventStream.ts'
import type { OperationLogEntry, Room } from './Room.ts'

/** What the log says of one operation that is sent as a stream, gathered while it runs. A class, as there are tens of thousands. */
export class OperationLine {
  readonly #room: Room
  readonly #door: OperationLogEntry['door']
  readonly #requestId: string
  readonly #startedMs = performance.now()
  #codes: Set<string> | undefined
  #operationName: string | undefined
  #isStream = false
  #isInParts = false
  #results = 0

  constructor(room: Room, door: OperationLogEntry['door'], requestId: string) {
    this.#room = room
    this.#door = door
    this.#requestId = requestId
  }

  /** Which operation it is. */
  about(operation: { name: string | undefined; kind: string }): void {
    this.#operationName = operation.name
    this.#isStream = operation.kind === 'subscription'
  }

  /** A result went out to the client. */
  sent(result: StreamResult): void {
    this.#results++
    if (result.part) this.#isInParts = true
    if (result.errors) this.told(result.errors)
  }

  /** Errors that the client is told otherwise. */
  told(errors: readonly GraphQLFormattedError[]): void {
    for (const error of errors) {
      if (typeof error.extensions?.code === 'string') {
        this.#codes ??= new Set()
        this.#codes.add(error.extensions.code)
      }
      // Masked for the client: here is what it was.
      if (error instanceof GraphQLError && error.extensions.code === 'INTERNAL_SERVER_ERROR' && error.originalError) {
        this.#room.log.error({ err: error.originalError, requestId: this.#requestId }, 'operation failed')
      }
    }
  }

  /** Writes the line. `status` is what HTTP would have had, 499 when the client left. */
  end(status: number, errors: readonly GraphQLFormattedError[]): void {
    this.told(errors)
    this.#room.logOperation({
      requestId: this.#requestId,
      door: this.#door,
      operationName: this.#operationName,
      durationMs: performance.now() - this.#startedMs,
      // Whoever leaves a stream after an answer has been answered.
      status: status === 499 && this.#results > 0 ? 200 : status,
      ...(this.#codes && { errorCodes: [...this.#codes] }),
      ...(this.#isStream && { events: this.#results }),
      ...(this.#isInParts && { parts: this.#results }),
    })
  }
}
