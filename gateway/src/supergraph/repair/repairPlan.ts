import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner'
import { type FieldNode, Kind, parse, parseConstValue, print, stripIgnoredCharacters, visit } from 'graphql'
import { mapFetches } from './mapFetches.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { splitFetch } from './splitFetch.ts'

/**
 * Translates a plan of the repaired supergraph into one that subgraphs understand: a synthetic field is asked for as an alias of the field that it
 * stands for, and is given back in representations under that field's name.
 */
export function repairPlan(plan: QueryPlan, repaired: RepairedSupergraph): QueryPlan {
  const { node } = plan
  if (!node) return plan
  const repair = (fetch: FetchNode) => repairNode(fetch, repaired)
  if (node.kind !== 'Subscription') return { ...plan, node: mapFetches(node, repair) }
  const rest = node.rest && mapFetches(node.rest, repair)
  return { ...plan, node: { ...node, primary: repairFetch(node.primary, repaired), ...(rest && { rest }) } }
}

/** A fetch, or the several that it takes. */
function repairNode(fetch: FetchNode, repaired: RepairedSupergraph): PlanNode {
  const nodes = splitFetch(fetch, repaired).map((part) => mapFetches(part, (one) => repairFetch(one, repaired)))
  const [node] = nodes
  return node && nodes.length === 1 ? node : { kind: 'Parallel', nodes }
}

function repairFetch(fetch: FetchNode, repaired: RepairedSupergraph): FetchNode {
  if (repaired.syntheticFields.size === 0) return fetch
  const requires = fetch.requires && renameIn(fetch.requires, repaired)
  return { ...fetch, operation: aliasIn(fetch.operation, repaired), ...(requires && { requires }) }
}

function aliasIn(operation: string, { syntheticFields }: RepairedSupergraph): string {
  const document = parse(operation, { noLocation: true })
  const aliased = visit(document, {
    Field: {
      leave(node): FieldNode | undefined {
        const synthetic = syntheticFields.get(node.name.value)
        if (!synthetic) return undefined
        return {
          ...node,
          alias: node.alias ?? node.name,
          name: { kind: Kind.NAME, value: synthetic.field },
          arguments: [...argumentsOf(synthetic.args), ...(node.arguments ?? [])],
        }
      },
    },
  })
  return aliased === document ? operation : stripIgnoredCharacters(print(aliased))
}

function argumentsOf(args: string): NonNullable<FieldNode['arguments']> {
  if (args === '') return []
  // As one object, because graphql-js has no parser for arguments alone.
  const value = parseConstValue(`{${args.slice(1, -1)}}`, { noLocation: true })
  if (value.kind !== Kind.OBJECT) throw new Error(`Expected arguments, got ${args}`)
  return value.fields.map((field) => ({ kind: Kind.ARGUMENT, name: field.name, value: field.value }))
}

function renameIn(
  nodes: readonly QueryPlanSelectionNode[],
  repaired: RepairedSupergraph,
): NonNullable<FetchNode['requires']> {
  return nodes.map((node) => {
    const selections = node.selections && renameIn(node.selections, repaired)
    if (node.kind === 'InlineFragment') return { ...node, ...(selections && { selections }) }
    const synthetic = repaired.syntheticFields.get(node.name)
    const named = synthetic ? { ...node, alias: node.alias ?? node.name, name: synthetic.field } : node
    return { ...named, ...(selections && { selections }) }
  })
}
