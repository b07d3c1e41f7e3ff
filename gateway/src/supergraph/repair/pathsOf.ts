import type { QueryPlanSelectionNode } from '@apollo/query-planner'

/** Each field that representations give, as the names above it and its own: `owner/age`. */
export function pathsOf(nodes: readonly QueryPlanSelectionNode[], above = ''): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'InlineFragment') return pathsOf(node.selections, above)
    const path = `${above}${node.name}`
    return [path, ...pathsOf(node.selections ?? [], `${path}/`)]
  })
}
