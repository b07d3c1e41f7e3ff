import type { FetchNode, PlanNode } from '@apollo/query-planner'
import type { FieldNode } from 'graphql'
import { type FieldCondition, readEntityFields } from '../../executor/EntityField.ts'
import { keepFields } from '../../executor/keepFields.ts'
import { parseFetch } from '../../executor/parseFetch.ts'
import { keepRequired } from './keepRequired.ts'
import { pathsOf } from './pathsOf.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { conflicts, type RequiredPath, requiredPathsOf } from './RequiredPath.ts'

/**
 * Splits an entity fetch whose fields cannot share a representation: one would have to hold a field in two variants, or what one field
 * requires is not there because of its `@skip` or `@include`, and would be missed for all. Each part asks for the fields that can share one. Gives the
 * fetch itself when all can.
 */
export function splitFetch(fetch: FetchNode, repaired: RepairedSupergraph): readonly PlanNode[] {
  const { requires } = fetch
  const mayDiffer = /@(skip|include)\b/.test(fetch.operation) || repaired.syntheticFields.size > 1
  if (!requires || !mayDiffer) return [fetch]
  const document = parseFetch(fetch)
  const given = new Set(pathsOf(requires))
  const parts: Part[] = []
  const others: FieldNode[] = []
  for (const { type, node, conditions } of readEntityFields(document)) {
    const required = requiredPathsOf(node, { type, subgraph: fetch.serviceName, repaired }).filter((one) =>
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
    const requiresOfPart = keepRequired(requires, { required: part.required, all, keyFields, repaired })
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

function underCondition(node: PlanNode, { variable, isInclude }: FieldCondition): PlanNode {
  return { kind: 'Condition', condition: variable, ...(isInclude ? { ifClause: node } : { elseClause: node }) }
}
