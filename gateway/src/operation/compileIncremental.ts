import type { QueryPlan } from '@apollo/query-planner'
import type { GraphQLObjectType, GraphQLSchema, InlineFragmentNode } from 'graphql'
import { compileAnswerParts } from '../executor/AnswerParts.ts'
import type { SelectionScope } from '../executor/collectFields.ts'
import { compileDeferPlan, type DeferredPlanPart, type PlanPart } from '../executor/compileDeferPlan.ts'
import type { PlanOptions } from '../executor/compilePlan.ts'
import { type DeferRun, executeDeferPlan } from '../executor/executeDeferPlan.ts'
import { type BoundedCall, NotNow } from './boundedCall.ts'
import type { IncrementalOperation } from './CompiledOperation.ts'
import type { CoerceVariables } from './compileVariables.ts'
import { createVariants } from './createVariants.ts'
import { deferDirective, deferLabel, type OperationDefers } from './deferDirective.ts'
import { labelDefers } from './labelDefers.ts'
import { conditionVariables } from './Projectors.ts'
import type { SelectedOperation } from './selectOperation.ts'
import { settleConditions } from './settleConditions.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

export type IncrementalOptions = PlanOptions & {
  schema: GraphQLSchema
  rootType: GraphQLObjectType
  coerce: CoerceVariables
  /** Plans what clients call by their own names. */
  plan(selected: Selected): {
    plan: QueryPlan | undefined
    treeName: Parameters<typeof compileAnswerParts>[0]['treeName']
  }
  /** Apollo's planner (2.14) goes round in circles for some operations with a `@defer`: it lets two fetches wait for each other. */
  boundedCall: BoundedCall
  /** How an answer in one part is made. */
  projectorFor(variables: Record<string, unknown>): DeferRun['whole']
  introspect(variables: Record<string, unknown>): DeferRun['introspect']
}

/**
 * Compiles an operation's answer in parts, once for each setting of the variables in its `@defer`s (a mutation's conditions, too), when one comes; undefined when it
 * has no `@defer` that is ever on. What the planner fetches all the same at first is not deferred.
 */
export function compileIncremental(
  selected: Selected,
  defers: OperationDefers,
  options: IncrementalOptions,
): IncrementalOperation | undefined {
  if (!defers.isEverOn) return undefined
  // A mutation has no plan for all settings of the variables in its conditions.
  const conditions = options.isMutation ? conditionVariables(selected) : []
  const flags = [...new Set([...defers.variables, ...conditions])]
  const settings = createVariants(flags, (flag) => compileSetting(selected, flag, options))
  const settingFor = (variables: Record<string, unknown>) => {
    try {
      return settings(variables, undefined)
    } catch (error) {
      if (error instanceof NotNow) return undefined
      throw error
    }
  }
  return {
    isOn(raw) {
      const coerced = options.coerce(raw)
      return coerced.kind === 'variables' && settingFor(coerced.variables) !== undefined
    },
    begin({ variables: raw, context, transport }) {
      const coerced = options.coerce(raw)
      if (coerced.kind === 'errors') return undefined
      const { variables } = coerced
      const run = settingFor(variables)?.(variables)
      return run && executeDeferPlan({ ...run, variables, context, transport })
    },
  }
}

type Compiled = (variables: Record<string, unknown>) => Omit<DeferRun, 'variables' | 'context' | 'transport'>

function compileSetting(
  client: Selected,
  flag: SelectionScope['flag'],
  options: IncrementalOptions,
): Compiled | undefined {
  const { selected, labels } = labelDefers(client, flag)
  if (labels.size === 0) return undefined
  const planned = planDeferred(options.isMutation ? settleConditions(selected, flag) : selected, options)
  if (!planned) return undefined
  const { plan, treeName } = planned
  const inPlan = new Set(labelsOf(plan.deferred))
  const { schema, rootType, projectorFor, introspect } = options
  const { selectionSet } = selected.operation
  const partsFor = createVariants(conditionVariables(selected), (flag) =>
    compileAnswerParts(
      { schema, fragments: selected.fragments, flag, treeName, isDeferred: (one) => inPlan.has(labelOf(one)) },
      { rootType, selectionSet },
    ),
  )
  return (variables) => ({
    plan,
    parts: partsFor(variables, undefined),
    whole: projectorFor(variables),
    introspect: introspect(variables),
    namesOf: ({ fragment }) => ({ label: labelOf(fragment), clientLabel: labels.get(labelOf(fragment)) }),
  })
}

/** What {@link labelDefers} has called the fragment; nothing where it is not deferred. */
function labelOf(fragment: InlineFragmentNode): string {
  const directive = deferDirective(fragment)
  return (directive && deferLabel(directive)) ?? ''
}

/** Undefined when nothing is deferred in the end, or the planner cannot do it: the answer comes in one, by its other plan. */
function planDeferred(selected: Selected, options: IncrementalOptions) {
  try {
    const { plan, treeName } = options.boundedCall(() => options.plan(selected))
    if (plan?.node?.kind !== 'Defer') return undefined
    const compiled: PlanPart = compileDeferPlan(plan.node, options)
    return compiled.deferred.length > 0 ? { plan: compiled, treeName } : undefined
  } catch (error) {
    if (error instanceof NotNow) throw error
    return undefined
  }
}

function labelsOf(parts: readonly DeferredPlanPart[]): readonly string[] {
  return parts.flatMap(({ label, deferred }) => [label, ...labelsOf(deferred)])
}
