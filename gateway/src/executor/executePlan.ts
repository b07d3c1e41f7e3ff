import { codedError } from '@tributary/schema'
import { GraphQLError } from 'graphql'
import { createExecutionState, type ErrorReport, type ExecutionState } from './ExecutionState.ts'
import { markFailures } from './markFailures.ts'
import type { Fields } from './ownField.ts'
import type { ResponsePath } from './PlanPath.ts'
import type { Introspect, Problem, Projector } from './Projector.ts'
import type { RequestContext } from './RequestContext.ts'
import type { Step } from './Step.ts'
import type { Transport } from './Transport.ts'

export type PlanRun = {
  /** The compiled plan; absent when nothing is to be fetched. */
  step: Step | undefined
  projector: Projector
  introspect: Introspect
  /** Coerced. */
  variables: Fields
  context: RequestContext
  transport: Transport
  /** Puts into the tree what is known before the plan runs: an event of a subscription. */
  begin?(state: ExecutionState): void
}

/** An operation's result, its `data` as JSON text. */
export type Answer = { data: string; errors?: readonly GraphQLError[] }

/**
 * Runs a compiled plan and projects the client's answer. Each failed request and each broken value is one error: with a path in the
 * client's terms that the answer's shape has, a code, and the subgraph's name where one is to blame.
 */
export async function executePlan(run: PlanRun): Promise<Answer> {
  const { projector } = run
  const state = createExecutionState(run)
  run.begin?.(state)
  if (run.step) await run.step(state)
  if (state.failures.length > 0) markFailures(state.failures)
  const { data, problems } = projector.project(state.root, {
    introspect: run.introspect,
    isTold: state.reports.length > 0,
  })
  if (state.reports.length === 0 && problems.length === 0) return { data }
  const errors = state.reports.map((report) => toGraphQLError(report, projector, state.root))
  for (const problem of problems) errors.push(problemError(problem))
  return { data, errors }
}

/** A value that breaks the schema, as the client is told of it. */
export function problemError({ message, path }: Problem): GraphQLError {
  return codedError('RESPONSE_VALIDATION_FAILED', message, { path })
}

/** A report as the client gets it. `projector` is that of all that the client has asked for. */
export function toGraphQLError(
  report: ErrorReport,
  projector: Pick<Projector, 'clientPath'>,
  root: Fields,
): GraphQLError {
  return new GraphQLError(report.message, { path: visiblePath(report, projector, root), extensions: report.extensions })
}

/** The longest part of the path that the client asked for; a field that only the plan knows is no place for a client. */
function visiblePath(
  { path, fields }: ErrorReport,
  projector: Pick<Projector, 'clientPath'>,
  root: Fields,
): ResponsePath | undefined {
  for (const field of fields ?? []) {
    const whole = projector.clientPath([...path, field], root)
    if (whole) return whole
  }
  for (let length = path.length; length > 0; length--) {
    const known = projector.clientPath(path.slice(0, length), root)
    if (known) return known
  }
  return undefined
}
