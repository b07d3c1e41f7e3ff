import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner'
import { print } from 'graphql'
import { readEntityFields } from '../../executor/EntityField.ts'
import { keepFields } from '../../executor/keepFields.ts'
import { parseFetch } from '../../executor/parseFetch.ts'
import { keepRequired } from './keepRequired.ts'
import { pathsOf } from './pathsOf.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { requiredPathsOf } from './RequiredPath.ts'

/**
 * A query's plan in which no fetch asks of the entities in one place what a fetch before it has asked of the same subgraph already, giving it no more than the
 * later one can.
 */
export function dropRepeated(plan: QueryPlan, repaired: RepairedSupergraph): QueryPlan {
  const { node, ...rest } = plan
  if (!node || node.kind === 'Subscription') return plan
  const dropped = drop(node, [], new Map()).node
  return { ...rest, ...(dropped && { node: dropped }) }

  function drop(one: PlanNode, path: readonly (string | number)[], asked: Asked): Dropped {
    switch (one.kind) {
      case 'Fetch':
        return dropIn(one, path, asked)
      case 'Flatten': {
        const below = drop(one.node, [...path, ...one.path], asked)
        return { ...below, node: below.node && { ...one, node: below.node } }
      }
      case 'Sequence': {
        const nodes: PlanNode[] = []
        let after = asked
        for (const child of one.nodes) {
          const dropped = drop(child, path, after)
          if (dropped.node) nodes.push(dropped.node)
          after = dropped.asked
        }
        return { node: nodes.length > 0 ? { ...one, nodes } : undefined, asked: after }
      }
      case 'Parallel': {
        const all = one.nodes.map((child) => drop(child, path, asked))
        const nodes = all.flatMap((child) => child.node ?? [])
        const after = new Map(all.flatMap((child) => [...child.asked]))
        return { node: nodes.length > 0 ? { ...one, nodes } : undefined, asked: after }
      }
      case 'Condition':
      case 'Defer':
        return { node: one, asked }
      default:
        return one satisfies never
    }
  }

  function dropIn(fetch: FetchNode, path: readonly (string | number)[], asked: Asked): Dropped {
    const { requires, serviceName: subgraph } = fetch
    if (!requires) return { node: fetch, asked }
    const document = parseFetch(fetch)
    const given = new Set(pathsOf(requires))
    const fields = readEntityFields(document).map(({ type, node: field }) => ({
      field,
      key: JSON.stringify([path, subgraph, type, print(field)]),
      required: requiredPathsOf(field, { type, subgraph, repaired }),
    }))
    // Whoever waits for the fetch by its id waits for all that came before it.
    const kept = fields.filter(
      ({ key }) => fetch.id !== undefined || ![...(asked.get(key) ?? [''])].every((one) => given.has(one)),
    )
    const after = new Map([...asked, ...kept.map(({ key }) => [key, given] as const)])
    if (kept.length === fields.length) return { node: fetch, asked: after }
    if (kept.every(({ field }) => field.name.value === '__typename')) return { node: undefined, asked: after }
    const reduced = keepFields(fetch, document, new Set(kept.map(({ field }) => field)))
    const keptRequires = keepRequired(requires, {
      required: kept.flatMap(({ required }) => required),
      all: fields.flatMap(({ required }) => required),
      keyFields: repaired.keyFieldsOf(subgraph),
      repaired,
    })
    return { node: { ...reduced, requires: keptRequires }, asked: after }
  }
}

/** What the representations gave for each field that was asked for, by its place, subgraph, type and text. */
type Asked = ReadonlyMap<string, ReadonlySet<string>>

type Dropped = { node: PlanNode | undefined; asked: Asked }
