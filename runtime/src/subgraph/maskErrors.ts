import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { isDatabaseAway } from '../database/isDatabaseAway.ts'
import type { Log } from '../process/createLog.ts'

/**
 * Lets through errors that were meant for clients (a `GraphQLError`); logs every other one and says in its place `SERVICE_UNAVAILABLE`, where
 * the database is away, or else "Internal server error", so that no stack, host name or statement leaves the process.
 */
export function maskErrors(log: Log): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = thrownFor(error)
    if (original instanceof GraphQLError) return formatted
    if (isDatabaseAway(original)) {
      log.warn({ err: original, path: formatted.path }, 'the database is away')
      const message = 'The database does not answer at the moment: try again'
      return { ...formatted, message, extensions: { code: 'SERVICE_UNAVAILABLE' } }
    }
    log.error({ err: original, path: formatted.path }, 'resolver failed')
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }
  }
}

/** What our code threw: a resolver, which graphql-js wraps with a path, or a subscription's iterator, which graphql-ws wraps without. */
function thrownFor(error: unknown): unknown {
  const original = unwrapResolverError(error)
  const isWrapped = original instanceof GraphQLError && original.extensions.code === undefined
  return isWrapped ? (original.originalError ?? original) : original
}
