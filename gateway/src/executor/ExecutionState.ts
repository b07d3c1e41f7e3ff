import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import type { FetchShape } from './FetchShape.ts'
import type { Fields } from './ownField.ts'
import type { ResponsePath } from './PlanPath.ts'
import type { RequestContext } from './RequestContext.ts'
import type { SubgraphResponse, Transport } from './Transport.ts'

/** One run of a compiled plan. */
export type ExecutionState = {
  /** The tree into which every answer is merged; its names are response names. */
  readonly root: Fields
  /** Coerced variables, own fields only. */
  readonly variables: Fields
  readonly context: RequestContext
  readonly transport: Transport
  readonly reports: ErrorReport[]
  readonly failures: Failure[]
  /** Requests that several fetches of this operation may make, by subgraph and body. */
  readonly sent: Map<string, Promise<SubgraphResponse>>
  /** Told when a fetch has its answer for which deferred parts wait: its `id` in the plan. */
  readonly arrived?: (fetchId: string) => void
}

/** A fresh {@link ExecutionState} over an empty tree. */
export function createExecutionState(options: {
  variables: Fields
  context: RequestContext
  transport: Transport
}): ExecutionState {
  const { variables, context, transport } = options
  return { root: {}, variables, context, transport, reports: [], failures: [], sent: new Map() }
}

/** An error on its way to the client. Whether its path exists in the answer's shape is known at the end. */
export type ErrorReport = {
  message: string
  extensions: Record<string, unknown>
  path: ResponsePath
  /** For an error about a whole request: its fields at `path`, of which the first that the client asked for completes the path. */
  fields?: readonly string[]
}

/** A part of the tree that is missing, with the reason already reported. */
export type Failure =
  /** Everything that a fetch was to bring to these objects. */
  | { kind: 'fetch'; targets: readonly Fields[]; shape: FetchShape }
  /** One error's field, or the null above it, below each of these objects. */
  | { kind: 'field'; targets: readonly Fields[]; path: ResponsePath }
  /** What a fetch was to bring to an object that had no representation; failed only if what the representation takes has failed. */
  | { kind: 'skipped'; entity: Fields; requires: readonly QueryPlanSelectionNode[]; shape: FetchShape }
