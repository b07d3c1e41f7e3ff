import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner'
import { type FieldNode, Kind, parse, parseConstValue, print, stripIgnoredCharacters, visit } from 'graphql'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { splitFetch } from './splitFetch.ts'

/**
 * Translates a plan of the repaired supergraph into one that subgraphs understand: a synthetic field is asked for as an alias of the field that it
 * stands for, and is given back in representations under that field's name.
 */
export function repairPlan(plan: QueryPlan, repaired: RepairedSupergraph): QueryPlan {
  const { node } = plan
  if (!node) return plan
  if (node.kind !== 'Subscription') return { ...plan, node: repairNode(node, repaired) }
  const rest = node.rest && repairNode(node.rest, repaired)
  return { ...plan, node: { ...node, primary: repairFetch(node.primary, repaired), ...(rest && { rest }) } }
}

function repairNode(node: PlanNode, repaired: RepairedSupergraph): PlanNode {
  switch (node.kind) {
    case 'Fetch': {
      const parts = splitFetch(node, repaired)
      if (parts.length === 1) return repairFetch(node, repaired)
      return { kind: 'Parallel', nodes: parts.map((part) => repairPart(part, repaired)) }
    }
    case 'Flatten':
      return { ...node, node: repairNode(node.node, repaired) }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => repairNode(child, repaired)) }
    case 'Condition': {
      const ifClause = node.ifClause && repairNode(node.ifClause, repaired)
      const elseClause = node.elseClause && repairNode(node.elseClause, repaired)
      return { ...node, ...(ifClause && { ifClause }), ...(elseClause && { elseClause }) }
    }
    case 'Defer': {
      const primary = node.primary.node && repairNode(node.primary.node, repaired)
      return {
        ...node,
        primary: { ...node.primary, ...(primary && { node: primary }) },
        deferred: node.deferred.map((one) => (one.node ? { ...one, node: repairNode(one.node, repaired) } : one)),
      }
    }
    default:
      return node satisfies never
  }
}

/** A part of a fetch, which is not split again. */
function repairPart(part: PlanNode, repaired: RepairedSupergraph): PlanNode {
  if (part.kind === 'Fetch') return repairFetch(part, repaired)
  if (part.kind !== 'Condition') return part
  const ifClause = part.ifClause && repairPart(part.ifClause, repaired)
  const elseClause = part.elseClause && repairPart(part.elseClause, repaired)
  return { ...part, ...(ifClause && { ifClause }), ...(elseClause && { elseClause }) }
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
