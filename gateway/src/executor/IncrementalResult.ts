import type { ExecutionResult, GraphQLError } from 'graphql'
import type { ResponsePath } from './PlanPath.ts'

/**
 * A result of an operation, or a part of one. With `hasNext` it is one of several: the first has `data`, those that follow have what was
 * deferred. How a client is told is a matter of its protocol.
 */
export type IncrementalResult = ExecutionResult & {
  /** The parts of which the client knows from now on that they come. */
  pending?: readonly PendingPart[]
  incremental?: readonly DeferredPart[]
  hasNext?: boolean
}

export type PendingPart = {
  id: string
  /** Of the object to which the part belongs. */
  path: ResponsePath
  /** The client's own label, if it gave one. */
  label?: string
}

/** What a deferred fragment has brought, its `data` null when a null has travelled up to it. Paths of errors start at the answer's root. */
export type DeferredPart = PendingPart & {
  data: Record<string, unknown> | null
  errors?: readonly GraphQLError[]
}
