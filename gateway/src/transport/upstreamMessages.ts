import type { ErrorCode } from '@tributary/schema'
import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql'

/** Reads the payload of a `next` message, or gives undefined when it is no execution result. */
export function readUpstreamResult(payload: unknown): ExecutionResult | undefined {
  if (!isObject(payload)) return undefined
  const { data, errors } = payload
  if (data !== undefined && data !== null && !isObject(data)) return undefined
  if (errors === undefined || errors === null) return { data }
  if (!Array.isArray(errors)) return undefined
  return { ...(data !== undefined && { data }), errors: readUpstreamErrors(errors) }
}

/** Reads a subgraph's errors. What is not an error by the GraphQL spec (section 7.1.2) is left out, part by part. */
export function readUpstreamErrors(errors: unknown): GraphQLError[] {
  if (!Array.isArray(errors)) return []
  return errors.flatMap((error) => {
    if (!isObject(error) || typeof error.message !== 'string') return []
    const extensions: GraphQLErrorExtensions = isObject(error.extensions) ? { ...error.extensions } : {}
    if (typeof extensions.code !== 'string') extensions.code = 'DOWNSTREAM_SERVICE_ERROR' satisfies ErrorCode
    return new GraphQLError(error.message, {
      path: Array.isArray(error.path) && error.path.every(isPathKey) ? error.path : undefined,
      extensions,
    })
  })
}

function isPathKey(key: unknown): key is string | number {
  return typeof key === 'string' || (typeof key === 'number' && Number.isInteger(key) && key >= 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
