import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner'
import { type DocumentNode, Kind, OperationTypeNode, parse, type SelectionSetNode, visit } from 'graphql'
import { mapFetches } from './mapFetches.ts'
import { moveUnmet, type UnmetFields } from './moveUnmet.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'

/**
 * Repairs a plan that asks a subgraph for a field without what it requires. The planner (2.14) does so for what is required itself, where it found the entity in the
 * subgraph that has the field: it takes what that subgraph only names (`@external`) for what it can give. Such a field is taken out of its fetch and planned
 * anew, as one of an entity that the subgraph gives as a root field, which leads the planner right; the steps of that plan follow the fetch. Gives the plan itself
 * where it does not. Throws when it cannot be repaired.
 */
export function meetRequirements(
  plan: QueryPlan,
  { repaired, planOperation }: { repaired: RepairedSupergraph; planOperation(document: DocumentNode): QueryPlan },
): QueryPlan {
  const { node } = plan
  if (!node || !repaired.hasChains) return plan
  let isMet = true
  if (node.kind !== 'Subscription') {
    const met = meetIn(node, 0)
    return isMet ? plan : { ...plan, node: met }
  }
  const { fetch: primary, after } = meet(node.primary, 0)
  const steps = [...after, ...(node.rest ? [meetIn(node.rest, 0)] : [])]
  if (isMet) return plan
  return { ...plan, node: { ...node, primary, ...(steps.length > 0 && { rest: inSequence(steps) }) } }

  function meetIn(before: PlanNode, depth: number): PlanNode {
    return mapFetches(before, (one) => {
      const { fetch, after } = meet(one, depth)
      return inSequence([fetch, ...after])
    })
  }

  function meet(before: FetchNode, depth: number): { fetch: FetchNode; after: readonly PlanNode[] } {
    const steps: PlanNode[] = []
    const fetch = moveUnmet(before, repaired, (unmet) => {
      isMet = false
      const { start, rest } = planUnmet(before, unmet, depth)
      const path = [...unmet.path]
      if (rest) steps.push(path.length > 0 ? { kind: 'Flatten', path, node: rest } : rest)
      return start
    })
    return { fetch, after: steps.length > 1 ? [{ kind: 'Parallel', nodes: steps }] : steps }
  }

  /** What to ask for in the place of the fields, and how to go on from there. */
  function planUnmet(
    { serviceName, operation, id }: FetchNode,
    { type, selections }: UnmetFields,
    depth: number,
  ): { start: SelectionSetNode; rest: PlanNode | undefined } {
    const root = repaired.entityRootOf(serviceName, type)
    if (root === undefined || depth === maxDepth) throw unmetError(serviceName, type)
    const { node } = planOperation(entityOperation(root, { selections, like: operation }))
    if (!node || node.kind === 'Subscription') throw unmetError(serviceName, type)
    const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [node]
    if (first?.kind !== 'Fetch' || first.serviceName !== serviceName) throw unmetError(serviceName, type)
    const { fetch, after } = meet(first, depth + 1)
    const start = selectionsOf(fetch, root)
    if (!start) throw unmetError(serviceName, type)
    const steps = [...after, ...rest.map((one) => meetIn(one, depth + 1))].map((one) => withoutRoot(one, root))
    const met = steps.length > 0 ? inSequence(steps) : undefined
    // Who waits for the fetch waits for the fields as well.
    return { start, rest: met && id !== undefined ? mapFetches(met, (one) => ({ ...one, id })) : met }
  }
}

/** How often what a field requires may have to be planned anew in turn. */
const maxDepth = 8

function unmetError(subgraph: string, type: string): Error {
  return new Error(`Expected a plan that gives ${subgraph} what it requires of ${type}, got one that does not`)
}

function inSequence(nodes: PlanNode[]): PlanNode {
  const [node, another] = nodes
  return node && !another ? node : { kind: 'Sequence', nodes }
}

/** A query of fields of one entity, with the variables of another operation. */
function entityOperation(
  root: string,
  { selections, like }: { selections: UnmetFields['selections']; like: string },
): DocumentNode {
  const used = new Set<string>()
  for (const one of selections) visit(one, { Variable: ({ name }) => void used.add(name.value) })
  const definitions = parse(like, { noLocation: true }).definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? (one.variableDefinitions ?? []) : [],
  )
  const field = {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: root },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  } as const
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: definitions.filter(({ variable }) => used.has(variable.name.value)),
        selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
      },
    ],
  }
}

/** What a fetch asks for of its one root field. */
function selectionsOf({ operation, outputRewrites = [] }: FetchNode, root: string): SelectionSetNode | undefined {
  const [definition, another] = parse(operation, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION || another || outputRewrites.length > 0) return undefined
  const [field, other] = definition.selectionSet.selections
  return field?.kind === Kind.FIELD && field.name.value === root && !other ? field.selectionSet : undefined
}

/** A plan whose paths begin below the root field, where they began with it. */
function withoutRoot(node: PlanNode, root: string): PlanNode {
  const below = (one: PlanNode) => withoutRoot(one, root)
  switch (node.kind) {
    case 'Flatten': {
      const [first, ...path] = node.path
      if (first !== root) break
      return path.length > 0 ? { ...node, path } : node.node
    }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(below) }
    case 'Condition': {
      const { ifClause, elseClause } = node
      return {
        ...node,
        ...(ifClause && { ifClause: below(ifClause) }),
        ...(elseClause && { elseClause: below(elseClause) }),
      }
    }
    case 'Fetch':
    case 'Defer':
      break
    default:
      return node satisfies never
  }
  throw new Error(`Expected a step below ${root}, got a ${node.kind}`)
}
