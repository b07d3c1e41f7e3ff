import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import { type FieldNode, parse } from 'graphql'
import { type EntityField, type FieldCondition, readEntityFields } from '../../executor/EntityField.ts'
import { keepFields } from '../../executor/keepFields.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { conflicts, type RequiredPath, readRequiredPaths } from './RequiredPath.ts'

/**
 * Splits an entity fetch whose fields cannot share a representation: one would have to hold a field in two variants, or what one field
 * requires is not there because of its `@skip` or `@include`, and would be missed for all. Each part asks for the fields that can share one. Gives the
 * fetch itself when all can.
 */
export function splitFetch(fetch: FetchNode, repaired: RepairedSupergraph): readonly PlanNode[] {
  const { requires } = fetch
  const mayDiffer = /@(skip|include)\b/.test(fetch.operation) || repaired.syntheticFields.size > 1
  if (!requires || !mayDiffer) return [fetch]
  const document = parse(fetch.operation, { noLocation: true })
  const given = new Set(pathsOf(requires))
  const parts: Part[] = []
  const others: FieldNode[] = []
  for (const { type, node, conditions } of readEntityFields(document)) {
    const required = requiredPaths(fetch, { type, node, conditions }, repaired).filter((one) =>
      given.has(one.path.join('/')),
    )
    // What requires nothing, and is not left out itself, is not to depend on what may be.
    const isTypename = node.name.value === '__typename'
    if (isTypename) others.push(node)
    else place({ node, required, conditions: required.length > 0 ? conditions : [] })
  }
  if (parts.length < 2) return [fetch]
  for (const node of others) parts[0]?.fields.add(node)
  const all = parts.flatMap((part) => part.required)
  const keyFields = repaired.keyFieldsOf(fetch.serviceName)
  return parts.map((part): PlanNode => {
    const kept = keepFields(fetch, document, part.fields)
    const requiresOfPart = keepRequired(requires, { part, all, keyFields, repaired })
    return part.conditions.reduceRight<PlanNode>(underCondition, { ...kept, requires: requiresOfPart })
  })

  function place(item: { node: FieldNode; required: readonly RequiredPath[]; conditions: readonly FieldCondition[] }) {
    const key = JSON.stringify(item.conditions)
    const part = parts.find((one) => one.key === key && !conflicts(one.required, item.required, repaired))
    if (part) {
      part.fields.add(item.node)
      part.required.push(...item.required)
    } else {
      const { node, required, conditions } = item
      parts.push({ key, conditions, fields: new Set([node]), required: [...required] })
    }
  }
}

type Part = {
  key: string
  conditions: readonly FieldCondition[]
  fields: Set<FieldNode>
  required: RequiredPath[]
}

function requiredPaths(
  fetch: FetchNode,
  { type, node }: EntityField,
  repaired: RepairedSupergraph,
): readonly RequiredPath[] {
  const name = repaired.syntheticFields.get(node.name.value)?.field ?? node.name.value
  const requirement = repaired.requirementOf({ subgraph: fetch.serviceName, type, name })
  return requirement ? readRequiredPaths(requirement, { type, repaired }) : []
}

function underCondition(node: PlanNode, { variable, isInclude }: FieldCondition): PlanNode {
  return { kind: 'Condition', condition: variable, ...(isInclude ? { ifClause: node } : { elseClause: node }) }
}

function pathsOf(nodes: readonly QueryPlanSelectionNode[], above = ''): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'InlineFragment') return pathsOf(node.selections, above)
    const path = `${above}${node.name}`
    return [path, ...pathsOf(node.selections ?? [], `${path}/`)]
  })
}

/** The `requires` of a fetch without what other parts require, and this one does not. */
function keepRequired(
  nodes: readonly QueryPlanSelectionNode[],
  options: {
    part: Part
    all: readonly RequiredPath[]
    keyFields: ReadonlySet<string>
    repaired: RepairedSupergraph
  },
  place: { type: string; path: readonly string[] } = { type: '', path: [] },
): QueryPlanSelectionNode[] {
  const { part, all, keyFields, repaired } = options
  return nodes.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'InlineFragment') {
      const type = place.type === '' ? (node.typeCondition ?? '') : place.type
      const selections = keepRequired(node.selections, options, { type, path: place.path })
      return selections.length > 0 ? [{ ...node, selections }] : []
    }
    const path = [...place.path, node.name]
    if (path.length === 1 && keyFields.has(node.name)) return [node]
    const isHere = (one: RequiredPath): boolean => one.path.join('/') === path.join('/')
    const isWanted = part.required.some((one) => isHere(one) && mayMeet(one.type, place.type, repaired))
    if (!isWanted && all.some(isHere)) return []
    if (!node.selections) return [node]
    const selections = keepRequired(node.selections, options, { type: place.type, path })
    return selections.length > 0 ? [{ ...node, selections }] : []
  })
}

function mayMeet(one: string, other: string, { isObject }: RepairedSupergraph): boolean {
  return one === other || !isObject(one) || !isObject(other)
}
