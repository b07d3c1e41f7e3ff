import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner'
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql'
import { withDocument } from '../../executor/withDocument.ts'
import { mapFetches } from './mapFetches.ts'
import { moveUnmet, type UnmetFields } from './moveUnmet.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'

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
function entityOperation(root: string, { selections, like }: Asked): DocumentNode {
  return queryOf({ kind: Kind.FIELD, name: nameNode(root), selectionSet: setOf(selections) }, like)
}

/** A query of fields of the entities that representations name. */
function entitiesOperation(type: string, { selections, like }: Asked): DocumentNode {
  const value = { kind: Kind.VARIABLE, name: nameNode('representations') } as const
  const onType: SelectionNode = {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: nameNode(type) },
    selectionSet: setOf(selections),
  }
  const entities: FieldNode = {
    kind: Kind.FIELD,
    name: nameNode('_entities'),
    arguments: [{ kind: Kind.ARGUMENT, name: value.name, value }],
    selectionSet: setOf([onType]),
  }
  return queryOf(entities, 'query($representations:[_Any!]!){_entities}', like)
}

type Asked = { selections: readonly SelectionNode[]; like: string }

/** A query of one field, with those variables of other operations that it uses. */
function queryOf(field: FieldNode, ...like: readonly string[]): DocumentNode {
  const used = new Set<string>()
  visit(field, { Variable: ({ name }) => void used.add(name.value) })
  const definitions = new Map<string, VariableDefinitionNode>()
  for (const text of like) {
    for (const one of parse(text, { noLocation: true }).definitions) {
      if (one.kind !== Kind.OPERATION_DEFINITION) continue
      for (const each of one.variableDefinitions ?? []) definitions.set(each.variable.name.value, each)
    }
  }
  const variableDefinitions = [...definitions].flatMap(([name, one]) => (used.has(name) ? [one] : []))
  const operation: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    variableDefinitions,
    selectionSet: setOf([field]),
  }
  return { kind: Kind.DOCUMENT, definitions: [operation] }
}

const typename: FieldNode = { kind: Kind.FIELD, name: nameNode('__typename') }

function nameNode(value: string) {
  return { kind: Kind.NAME, value } as const
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections }
}

/** Selections as the `requires` of a fetch has them. */
function toPlanSelections(selections: readonly SelectionNode[]): QueryPlanSelectionNode[] {
  return selections.flatMap((one): QueryPlanSelectionNode[] => {
    if (one.kind === Kind.FRAGMENT_SPREAD) return []
    const below = one.selectionSet && toPlanSelections(one.selectionSet.selections)
    if (one.kind === Kind.FIELD) return [{ kind: 'Field', name: one.name.value, ...(below && { selections: below }) }]
    const typeCondition = one.typeCondition?.name.value
    return [{ kind: 'InlineFragment', ...(typeCondition && { typeCondition }), selections: below ?? [] }]
  })
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
