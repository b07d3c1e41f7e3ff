import { type ExecutionResult, GraphQLError } from 'graphql'
import { isFields } from '../executor/ownField.ts'
import { readSubgraphErrors } from '../executor/readSubgraphErrors.ts'
import { toErrorReport } from '../executor/toErrorReport.ts'
import type { UpstreamEvent } from './Upstream.ts'
import { malformedOf } from './upstreamFailure.ts'

/**
 * Reads the payload of a `next` message. A result that has errors and no `data` at all says that the operation was refused (section 7.1.2 of
 * the GraphQL spec, "request error"): servers send it where a field's `subscribe` fails.
 */
export function readUpstreamNext(payload: unknown, subgraph: string): UpstreamEvent {
  const result = readResult(payload)
  if (!result || !isFields(payload)) return malformedOf(subgraph)
  if (result.data !== undefined || !result.errors) return { kind: 'event', result }
  return { kind: 'failed', error: readUpstreamError(payload.errors, subgraph) }
}

function readResult(payload: unknown): ExecutionResult | undefined {
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
