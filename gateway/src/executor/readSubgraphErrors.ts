import type { GraphQLFormattedError } from 'graphql'
import { isFields } from './ownField.ts'

/** How many errors of one answer are passed on. */
const maxErrors = 1_000

/**
 * The `errors` of a subgraph's answer, made safe to handle: each an object with a message, a path only if it is a list of names and
 * indexes, extensions only if they are an object, no locations (they are about a text that the client never saw). Undefined when there are none.
 */
export function readSubgraphErrors(errors: unknown): GraphQLFormattedError[] | undefined {
  if (errors === undefined || errors === null) return undefined
  if (!Array.isArray(errors)) return [{ message: unknownError }]
  if (errors.length === 0) return undefined
  return errors.slice(0, maxErrors).map((error: unknown) => {
    if (!isFields(error)) return { message: unknownError }
    const { message, path, extensions } = error
    return {
      message: typeof message === 'string' && message !== '' ? message : unknownError,
      ...(isResponsePath(path) && { path }),
      ...(isFields(extensions) && { extensions }),
    }
  })
}

const unknownError = 'The subgraph reported an error without a message'

function isResponsePath(path: unknown): path is (string | number)[] {
  return (
    Array.isArray(path) &&
    path.length <= 1_000 &&
    path.every((part) => typeof part === 'string' || (Number.isSafeInteger(part) && part >= 0))
  )
}
