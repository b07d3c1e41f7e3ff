import type { FetchNode, PlanNode } from '@apollo/query-planner'

/** A plan with something else in the place of each of its fetches. */
export function mapFetches(node: PlanNode, replace: (fetch: FetchNode) => PlanNode): PlanNode {
  const map = (one: PlanNode): PlanNode => mapFetches(one, replace)
  switch (node.kind) {
    case 'Fetch':
      return replace(node)
    case 'Flatten':
      return { ...node, node: map(node.node) }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(map) }
    case 'Condition': {
      const { ifClause, elseClause } = node
      return {
        ...node,
        ...(ifClause && { ifClause: map(ifClause) }),
        ...(elseClause && { elseClause: map(elseClause) }),
      }
    }
    case 'Defer': {
      const { primary, deferred } = node
      return {
        ...node,
        primary: { ...primary, ...(primary.node && { node: map(primary.node) }) },
        deferred: deferred.map((one) => (one.node ? { ...one, node: map(one.node) } : one)),
      }
    }
    default:
      return node satisfies never
  }
}
