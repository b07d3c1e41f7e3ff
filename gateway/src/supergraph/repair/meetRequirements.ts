import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner'
import { type DocumentNode, type FieldNode, Kind, OperationTypeNode, parse, type SelectionSetNode } from 'graphql'
import { withDocument } from '../../executor/withDocument.ts'
import { entitiesOperation, entityOperation } from './entityOperations.ts'
import { mapFetches } from './mapFetches.ts'
import { moveUnmet, type UnmetFields } from './moveUnmet.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { toPlanSelections } from './toPlanSelections.ts'

/**
 * Repairs a plan that asks a subgraph for a field without what it requires. The planner (2.14) does so for what is required itself, where it found the entity in the
 * subgraph that has the field: it takes what that subgraph only names (`@external`) for what it can give; or where it knows of no requirements. Such a field is taken out of its fetch.
 * What it requires is planned as fields of an entity that the subgraph gives as a root field; the steps of that plan follow the fetch, and
 * then one that asks for the field. Gives the plan itself where it does not. Throws when it cannot be repaired.
 */
export function meetRequirements(
  plan: QueryPlan,
  { repaired, planOperation }: { repaired: RepairedSupergraph; planOperation(document: DocumentNode): QueryPlan },
): QueryPlan {
  const { node } = plan
  if (!node) return plan
  let isMet = true
  if (node.kind !== 'Subscription') {
    const met = meetIn(node, 0)
    return isMet ? plan : { ...plan, node: met }
  }
  const { fetch: primary = node.primary, after } = meet(node.primary, 0)
  const steps = [...after, ...(node.rest ? [meetIn(node.rest, 0)] : [])]
  if (isMet) return plan
  return { ...plan, node: { ...node, primary, ...(steps.length > 0 && { rest: inSequence(steps) }) } }

  function meetIn(before: PlanNode, depth: number): PlanNode {
    return mapFetches(before, (one) => {
      const { fetch, after } = meet(one, depth)
      return inSequence(fetch ? [fetch, ...after] : [...after])
    })
  }

  function meet(before: FetchNode, depth: number): { fetch: FetchNode | undefined; after: readonly PlanNode[] } {
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
    before: FetchNode,
    unmet: UnmetFields,
    depth: number,
  ): { start: SelectionSetNode; rest: PlanNode | undefined } {
    const { serviceName, operation, id } = before
    const { type, external, requiring, required } = unmet
    const root = repaired.entityRootOf(serviceName, type)
    const key = repaired.keyOf(serviceName, type)
    if (root === undefined || !key || depth === maxDepth) throw unmetError(serviceName, type)
    const { node } = planOperation(entityOperation(root, { selections: [...external, ...required], like: operation }))
    if (!node || node.kind === 'Subscription') throw unmetError(serviceName, type)
    const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [node]
    if (first?.kind !== 'Fetch' || first.serviceName !== serviceName) throw unmetError(serviceName, type)
    const { fetch, after } = meet(first, depth + 1)
    const start = fetch && selectionsOf(fetch, root)
    if (!start) throw unmetError(serviceName, type)
    const steps = [...after, ...rest.map((one) => meetIn(one, depth + 1))].map((one) => withoutRoot(one, root))
    if (requiring.length > 0) steps.push(meetIn(requiringFetch(before, unmet, key), depth + 1))
    const met = steps.length > 0 ? inSequence(steps) : undefined
    // Who waits for the fetch waits for the fields as well.
    const isWaitedFor = met && id !== undefined
    const selections = [...start.selections, ...key.selections, typename]
    return { start: { ...start, selections }, rest: isWaitedFor ? mapFetches(met, (one) => ({ ...one, id })) : met }
  }

  /** Asks the subgraph for the fields of the object, which is given what they require. */
  function requiringFetch(
    before: FetchNode,
    { type, requiring, required, given }: UnmetFields,
    key: SelectionSetNode,
  ): FetchNode {
    const requiredNodes = toPlanSelections(required)
    const keyNodes = toPlanSelections([typename, ...key.selections])
    const isStandIn = !repaired.isObject(type)
    const rewrites: FetchNode['inputRewrites'] = [
      { kind: 'ValueSetter', path: [`... on ${type}`, '__typename'], setValueTo: type },
    ]
    const { id: _, outputRewrites: __, ...plain } = before
    const fetch: FetchNode = {
      ...plain,
      operationKind: OperationTypeNode.QUERY,
      requires: given
        ? given.map((one) =>
            one.kind === 'Field' ? one : { ...one, selections: [...one.selections, ...requiredNodes] },
          )
        : [{ kind: 'InlineFragment', typeCondition: type, selections: [...keyNodes, ...requiredNodes] }],
      ...(!given && isStandIn && { inputRewrites: rewrites }),
    }
    return withDocument(fetch, entitiesOperation(type, { selections: requiring, like: before.operation }))
  }
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

/** How often what a field requires may have to be planned anew in turn. */
const maxDepth = 8

function unmetError(subgraph: string, type: string): Error {
  return new Error(`Expected a plan that gives ${subgraph} what it requires of ${type}, got one that does not`)
}

function inSequence(nodes: PlanNode[]): PlanNode {
  const [node, another] = nodes
  return node && !another ? node : { kind: 'Sequence', nodes }
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
