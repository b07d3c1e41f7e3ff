import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import type { RequiredPath } from './RequiredPath.ts'

/** The `requires` of a fetch without what `all` of its fields require, but those do not that `required` is of. */
export function keepRequired(
  nodes: readonly QueryPlanSelectionNode[],
  options: {
    required: readonly RequiredPath[]
    all: readonly RequiredPath[]
    keyFields: ReadonlySet<string>
    repaired: RepairedSupergraph
  },
  place: { type: string; path: readonly string[] } = { type: '', path: [] },
): QueryPlanSelectionNode[] {
  const { required, all, keyFields, repaired } = options
  return nodes.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'InlineFragment') {
      const type = place.type === '' ? (node.typeCondition ?? '') : place.type
      const selections = keepRequired(node.selections, options, { type, path: place.path })
      return selections.length > 0 ? [{ ...node, selections }] : []
    }
    const path = [...place.path, node.name]
    if (path.length === 1 && keyFields.has(node.name)) return [node]
    const isHere = (one: RequiredPath): boolean => one.path.join('/') === path.join('/')
    const isWanted = required.some((one) => isHere(one) && mayMeet(one.type, place.type, repaired))
    if (!isWanted && all.some(isHere)) return []
    if (!node.selections) return [node]
    const selections = keepRequired(node.selections, options, { type: place.type, path })
    return selections.length > 0 ? [{ ...node, selections }] : []
  })
}

function mayMeet(one: string, other: string, { isObject }: RepairedSupergraph): boolean {
  return one === other || !isObject(one) || !isObject(other)
}
