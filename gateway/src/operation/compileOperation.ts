import type { FetchNode, QueryPlan } from '@apollo/query-planner'
import { codedError } from '@tributary/schema'
import {
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql'
import { compilePlan } from '../executor/compilePlan.ts'
import { compileTakeAnswer } from '../executor/compileRootFetch.ts'
import { type Answer, executePlan, type PlanRun } from '../executor/executePlan.ts'
import { compileFlatPlan, type FlatPlan } from '../executor/flat/compileFlatPlan.ts'
import { executeFlat, type FlatAnswer } from '../executor/flat/executeFlat.ts'
import { FlatRun } from '../executor/flat/FlatRun.ts'
import type { FlatTrees } from '../executor/flat/FlatTrees.ts'
import { readField } from '../executor/ownField.ts'
import type { Introspect } from '../executor/Projector.ts'
import { withoutName } from '../executor/RequestBody.ts'
import { readSubgraphErrors } from '../executor/readSubgraphErrors.ts'
import type { Step } from '../executor/Step.ts'
import type { SupergraphTypes } from '../executor/SupergraphTypes.ts'
import { unexpectedError } from '../executor/unexpectedError.ts'
import { type AnswerIntrospection, compileIntrospection } from './answerIntrospection.ts'
import type { BoundedCall } from './boundedCall.ts'
import type { CompiledOperation, ExecuteRequest, SubscriptionPrimary } from './CompiledOperation.ts'
import { compileIncremental } from './compileIncremental.ts'
import { type CoercedVariables, type CoerceVariables, compileVariables } from './compileVariables.ts'
import { createVariants } from './createVariants.ts'
import { dropDefers, readDefers } from './deferDirective.ts'
import { conditionVariables, createProjectors, type Projectors } from './Projectors.ts'
import { planningError } from './planningError.ts'
import type { PlannerNames } from './renameAliases.ts'
import { renameForPlanner } from './renameForPlanner.ts'
import type { SelectedOperation } from './selectOperation.ts'
import { settleConditions } from './settleConditions.ts'
import { subscriptionCursor } from './subscriptionCursor.ts'

export type CompileOptions = {
  /** What clients see. */
  apiSchema: GraphQLSchema
  types: SupergraphTypes
  /**
   * Plans a valid operation. Undefined where one plan for all settings of the variables in its `@skip` and `@include` would be wrong. May throw a
   * GraphQLError that is meant for the client.
   */
  plan(operation: Selected): QueryPlan | undefined
  /** Bounds planning that may not come to an end. */
  boundedCall: BoundedCall
  names: PlannerNames
}

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Compiles a valid operation: coercion of its variables, its plan, the projection of its answer. Nothing of it looks at the document
 * again when it runs. Throws a GraphQLError for what cannot be run.
 */
export function compileOperation(selected: Selected, options: CompileOptions): CompiledOperation {
  const { operation, fragments } = selected
  const { apiSchema, types } = options
  const name = operation.name?.value
  const rootType = apiSchema.getRootType(operation.operation)
  if (!rootType) {
    throw codedError(
      'GRAPHQL_VALIDATION_FAILED',
      `The schema has no type for operations of kind ${operation.operation}`,
    )
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) refuseRootConditions(selected)
  const defers = readDefers(selected)
  const { apply, plan, planFor, treeName } = planRenamed(defers ? dropDefers(selected) : selected)
  const coerce = apply(compileVariables(apiSchema, operation.variableDefinitions ?? []))
  const projectors = createProjectors({ schema: apiSchema, selected, rootType, treeName })
  const answers = new Map<string, AnswerIntrospection>()
  for (const [responseName, fieldNodes] of projectors.introspectionFields) {
    answers.set(responseName, compileAnswer(fieldNodes))
  }

  if (plan?.node?.kind === 'Subscription') {
    const { primary, rest } = plan.node
    const takeAnswer = compileTakeAnswer(primary, { path: [], types, isRepeated: false })
    const step = rest && compilePlan(rest, { types, isMutation: false })
    return {
      kind: 'subscription',
      name,
      primary: compilePrimary(primary, { coerce, schema: apiSchema, selected }),
      completeEvent: (event, request) => {
        const begin: PlanRun['begin'] = (state) => takeAnswer(state, toResponse(event, primary.serviceName))
        return run(coerce, projectors, introspectWith, request, () => ({ step, begin }))
      },
    }
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    if (!plan) throw new Error('Expected a subscription that has one plan for all variables')
    throw codedError('GRAPHQL_VALIDATION_FAILED', 'Expected a subscription to select a field of a subgraph')
  }
  const isMutation = operation.operation === OperationTypeNode.MUTATION
  const planNode = plan?.node
  const one = plan && { step: compileStep(plan) }
  const stepFor = one ? () => one : planFor((planned) => ({ step: compileStep(planned) }))
  /** Compiled when it is first of use: many operations come once. */
  let flat: FlatPlan | 'none' | undefined
  return {
    kind: operation.operation,
    name,
    hasManyPlans: !plan,
    answer,
    answerBytes,
    execute: async (request) => toResult(await answer(request)),
    incremental:
      defers &&
      compileIncremental(selected, defers, {
        schema: apiSchema,
        types,
        isMutation,
        rootType,
        coerce,
        plan: planRenamed,
        boundedCall: options.boundedCall,
        projectorFor: projectors.forVariables,
        introspect: introspectWith,
      }),
  }

  /** Plans an operation under names that the planner can do with. */
  function planRenamed(client: Selected) {
    const { selected, apply, treeName } = renameForPlanner(client, options.names)
    return {
      apply,
      plan: options.plan(selected),
      /** What is made of the plan for each setting of the variables in conditions, made when it is first met. */
      planFor<Compiled>(compile: (plan: QueryPlan) => Compiled) {
        const settings = createVariants(conditionVariables(selected), (flag) => {
          const plan = options.plan(settleConditions(selected, flag))
          if (!plan) throw new Error('Expected a plan for an operation without conditions')
          return compile(plan)
        })
        return (variables: Record<string, unknown>) => settings(variables, undefined)
      },
      treeName,
    }
  }

  function compileStep({ node }: QueryPlan): Step | undefined {
    if (node?.kind === 'Subscription') throw new Error('Expected the plan of a query or a mutation')
    return node && compilePlan(node, { types, isMutation })
  }

  function introspectWith(variables: Record<string, unknown>): Introspect {
    return (responseName) => answers.get(responseName)?.(variables)
  }

  function answer(request: ExecuteRequest): Promise<Partial<Answer>> {
    return run(coerce, projectors, introspectWith, request, stepFor)
  }

  async function answerBytes(request: ExecuteRequest, trees: FlatTrees): Promise<FlatAnswer | Partial<Answer>> {
    const { context, transport } = request
    if (!transport.bytes) return answer(request)
    flat ??= (planNode && !isMutation && compileFlatPlan(planNode, types)) || 'none'
    if (flat === 'none') return answer(request)
    const coerced = coerce(request.variables)
    if (coerced.kind === 'errors') return { errors: coerced.errors }
    const { variables } = coerced
    const project = projectors.flatForVariables(variables, flat.layout)
    if (!project) return answer(request)
    const flatRun = new FlatRun({ variables, context, transport, bytes: transport.bytes, trees })
    return (
      (await executeFlat(flatRun, { plan: flat, project })) ?? answer({ ...request, transport: flatRun.transport() })
    )
  }

  function compileAnswer(fieldNodes: readonly FieldNode[]): AnswerIntrospection {
    const variableDefinitions = operation.variableDefinitions ?? []
    return compileIntrospection(apiSchema, { fieldNodes, fragments, variableDefinitions })
  }
}

async function run(
  coerce: CoerceVariables,
  projectors: Projectors,
  introspectWith: (variables: Record<string, unknown>) => Introspect,
  request: ExecuteRequest,
  planFor: (variables: Record<string, unknown>) => Pick<PlanRun, 'step' | 'begin'>,
): Promise<Partial<Answer>> {
  const coerced = coerce(request.variables)
  if (coerced.kind === 'errors') return { errors: coerced.errors }
  const { variables } = coerced
  let plan: Pick<PlanRun, 'step' | 'begin'>
  try {
    plan = planFor(variables)
  } catch (cause) {
    return { errors: [planningError(cause)] }
  }
  try {
    return await executePlan({
      ...plan,
      variables,
      projector: projectors.forVariables(variables),
      introspect: introspectWith(variables),
      context: request.context,
      transport: request.transport,
    })
  } catch (cause) {
    return { data: 'null', errors: [unexpectedError(cause)] }
  }
}

/** The result as an object, for who does more with it than send it on. */
export function toResult({ data, errors }: Partial<Answer>): ExecutionResult {
  return { ...(data !== undefined && { data: JSON.parse(data) }), ...(errors && { errors }) }
}

function compilePrimary(
  node: FetchNode,
  { coerce, schema, selected }: { coerce: CoerceVariables; schema: GraphQLSchema; selected: Selected },
): SubscriptionPrimary {
  const plain = withoutName(node.operation)
  const cursor = subscriptionCursor(plain, schema)
  const query = cursor?.query ?? plain
  const cursorVariable = cursor?.variable
  // Where it is used for something else too, it says what is asked for.
  const isPosition = cursorVariable !== undefined && countUses(cursorVariable, selected) === 1
  const usages = (node.variableUsages ?? []).map((name) => ({ name, read: readField(name) }))
  return {
    subgraph: node.serviceName,
    cursor,
    request(raw) {
      const coerced: CoercedVariables = coerce(raw)
      if (coerced.kind === 'errors') return coerced
      const values = usages.map(({ name, read }) => [name, read(coerced.variables)] as const)
      const variables = Object.fromEntries(values.filter(([, value]) => value !== undefined))
      const asked = JSON.stringify(isPosition ? { ...coerced.variables, [cursorVariable]: null } : coerced.variables)
      return { kind: 'request', query, variables, asked }
    },
  }
}

/** How often a variable is used in an operation as the client wrote it. */
function countUses(name: string, { operation, fragments }: Selected): number {
  let count = 0
  for (const node of [operation, ...fragments.values()]) {
    visit(node, {
      VariableDefinition: () => false,
      Variable: (variable) => {
        if (variable.name.value === name) count++
      },
    })
  }
  return count
}

function toResponse(event: ExecutionResult, subgraph: string): Parameters<ReturnType<typeof compileTakeAnswer>>[1] {
  const errors = readSubgraphErrors(event.errors?.map((error) => ('toJSON' in error ? error.toJSON() : error)))
  if (!event.data && !errors) {
    const message = `The subgraph ${subgraph} sent an event without data`
    return { kind: 'failure', code: 'SUBREQUEST_MALFORMED_RESPONSE', message }
  }
  return { kind: 'answer', data: event.data ?? null, ...(errors && { errors }) }
}

/**
 * The planner cannot plan a subscription whose root field comes and goes with a variable, and the GraphQL spec (September 2025,
 * section 5.2.4.1) does not allow it.
 */
function refuseRootConditions({ operation, fragments }: Selected): void {
  const pending: OperationDefinitionNode['selectionSet'][] = [operation.selectionSet]
  const visited = new Set<string>()
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const selection of next.selections) {
      const condition = selection.directives?.find(({ name }) => name.value === 'skip' || name.value === 'include')
      if (condition) {
        const message = `Expected no @${condition.name.value} on the root field of a subscription`
        throw codedError('GRAPHQL_VALIDATION_FAILED', message, { nodes: condition })
      }
      if (selection.kind === 'InlineFragment') pending.push(selection.selectionSet)
      if (selection.kind === 'FragmentSpread' && !visited.has(selection.name.value)) {
        visited.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment) pending.push(fragment.selectionSet)
      }
    }
  }
}
