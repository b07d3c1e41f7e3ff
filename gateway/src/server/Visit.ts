import type { ExecutionResult } from 'graphql'
import { Cancellation } from '../executor/CancelSignal.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { Caller } from './Caller.ts'
import type { ClientRequest, Room } from './Room.ts'

/** One operation that came by HTTP, from its first byte to its log line, whichever door it takes. */
export type Visit = {
  /** Whether the client left before it had its answer. */
  readonly hasLeft: boolean
  /** What the log says of it. */
  errorCodes: readonly string[]
  /** Takes the newest graph, makes the context and starts the deadline. */
  begin(identity: ClientRequest['identity']): OperationContext
  /** The client has left: what runs for it ends. */
  leave(): void
  /** Another has taken the operation over, and writes its log line. */
  handOver(): void
  /** Stops the deadline and writes the log line, unless it was handed over. */
  end(): void
}

/** What runs, as Apollo Server carries it for us. */
export type OperationContext = {
  /** Taken when the operation came. */
  generation: Generation
  context: RequestContext
  /** Whether the operation was given up at its deadline, not by its client. */
  hasTimedOut: boolean
  /** What the log says of it. */
  operationName: string | undefined
  errorCodes: readonly string[]
  /** The result, when the operation has run already: Apollo Server is left to format its errors. */
  result: ExecutionResult | undefined
}

/** Begins a {@link Visit}. A client that leaves ends what runs for it, and so does the deadline. */
export function openVisit(room: Room, caller: Caller): Visit {
  const startedMs = performance.now()
  const cancellation = new Cancellation()
  let operation: OperationContext | undefined
  let deadline: NodeJS.Timeout | undefined
  let isHandedOver = false
  const visit = {
    hasLeft: false,
    errorCodes: noCodes,
    begin(identity: ClientRequest['identity']): OperationContext {
      const begun: OperationContext = {
        generation: room.current(),
        context: room.createContext({ headers: caller.headers, identity, signal: cancellation }),
        hasTimedOut: false,
        operationName: undefined,
        errorCodes: noCodes,
        result: undefined,
      }
      deadline = setTimeout(() => {
        begun.hasTimedOut = true
        cancellation.abort()
      }, room.limits.operationTimeoutMs)
      operation = begun
      return begun
    },
    leave() {
      visit.hasLeft = true
      cancellation.abort()
    },
    handOver() {
      isHandedOver = true
    },
    end() {
      clearTimeout(deadline)
      if (isHandedOver) return
      const { errorCodes } = visit
      room.logOperation({
        requestId: String(caller.headers['x-request-id']),
        door: 'http',
        operationName: operation?.operationName,
        durationMs: performance.now() - startedMs,
        status: visit.hasLeft ? 499 : caller.status(),
        ...(errorCodes.length > 0 && { errorCodes }),
      })
    },
  }
  caller.onLeave(() => visit.leave())
  return visit
}

const noCodes: readonly string[] = []
