import { type ExecutionResult, GraphQLError } from 'graphql'
import { isFields } from '../executor/ownField.ts'
import { readSubgraphErrors } from '../executor/readSubgraphErrors.ts'
import { toErrorReport } from '../executor/toErrorReport.ts'

/** Reads the payload of a `next` message, or gives undefined when it is no execution result. */
export function readUpstreamResult(payload: unknown): ExecutionResult | undefined {
  if (!isFields(payload)) return undefined
  const { data } = payload
  if (data !== undefined && data !== null && !isFields(data)) return undefined
  const errors = readSubgraphErrors(payload.errors)
  return {
    ...(data !== undefined && { data }),
    ...(errors && { errors: errors.map(({ message, ...options }) => new GraphQLError(message, options)) }),
  }
}

/** Reads the payload of an `error` message, which ends a stream: its first error, as the client will see it. */
export function readUpstreamError(payload: unknown, subgraph: string): GraphQLError {
  const [error] = readSubgraphErrors(payload) ?? []
  const report = toErrorReport(error ?? { message: `The subgraph ${subgraph} refused the subscription` }, {
    subgraph,
    path: [],
  })
  return new GraphQLError(report.message, { extensions: report.extensions })
}
