import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'

/** Whatever was thrown while an operation ran, as its error: a GraphQLError is for the client, all else is masked and logged. */
export function unexpectedError(cause: unknown): GraphQLError {
  if (cause instanceof GraphQLError) return cause
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  return codedError('INTERNAL_SERVER_ERROR', 'Internal server error', { originalError })
}
