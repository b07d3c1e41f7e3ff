import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Log } from '../process/createLog.ts'

/**
 * Lets through errors that were meant for clients (a `GraphQLError`); logs every other one and says
 * "Internal server error" in its place, so that no stack, host name or statement leaves the process.
 */
export function maskErrors(log: Log): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = unwrapResolverError(error)
    if (original instanceof GraphQLError) return formatted
    log.error({ err: original, path: formatted.path }, 'resolver failed')
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }
  }
}
