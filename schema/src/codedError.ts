import { GraphQLError, type GraphQLErrorOptions } from 'graphql'
import type { ErrorCode } from './errorCodes.ts'

/**
 * An error that a client may see: its message is shown as it is, `code` becomes `extensions.code`.
 * Everything else that is thrown is logged and masked.
 */
export function codedError(code: ErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { ...options.extensions, code } })
}
