import type { Log } from '@tributary/runtime'
import type { OperationLogEntry } from './Room.ts'

/** The longest operation name that a log line carries, in characters: clients choose them. */
const maxNameLength = 128

/** Writes the one log line of an operation. */
export function createLogOperation(log: Log): (entry: OperationLogEntry) => void {
  return (entry) => {
    const { operationName } = entry
    entry.durationMs = Math.round(entry.durationMs * 100) / 100
    if (operationName !== undefined && operationName.length > maxNameLength) {
      entry.operationName = operationName.slice(0, maxNameLength)
    }
    log.info(entry, 'operation')
  }
}
