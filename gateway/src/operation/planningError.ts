import { codedError, errorCodes } from '@tributary/schema'
import { GraphQLError } from 'graphql'

/** What graphql-js, the planner or the compiler throw for an operation, as its error. */
export function planningError(cause: unknown): GraphQLError {
  if (cause instanceof RangeError) {
    return codedError('MAX_DEPTH_LIMIT', 'The operation, its fragments spread out, is nested too deeply')
  }
  // What the planner says of itself has codes of its own.
  if (cause instanceof GraphQLError && errorCodes.some((code) => code === cause.extensions.code)) return cause
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  return codedError('INTERNAL_SERVER_ERROR', 'The operation could not be planned', { originalError })
}
