import type { Log } from '@tributary/runtime'
import type { OperationLogEntry } from './Room.ts'

/** The longest operation name that a log line carries, in characters: clients choose them. */
const maxNameLength = 128

/** Writes the one log line of an operation. */
export function createLogOperation(log: Log): (entry: OperationLogEntry) => void {
  return ({ operationName, durationMs, ...entry }) => {
    log.info(
      {
        ...entry,
        ...(operationName !== undefined && { operationName: operationName.slice(0, maxNameLength) }),
        durationMs: Math.round(durationMs * 100) / 100,
      },
      'operation',
    )
  }
}
