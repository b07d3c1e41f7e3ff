import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import { Kind, type SelectionNode } from 'graphql'

/** Selections as the `requires` of a fetch has them. */
export function toPlanSelections(selections: readonly SelectionNode[]): QueryPlanSelectionNode[] {
  return selections.flatMap((one): QueryPlanSelectionNode[] => {
    if (one.kind === Kind.FRAGMENT_SPREAD) return []
    const below = one.selectionSet && toPlanSelections(one.selectionSet.selections)
    if (one.kind === Kind.FIELD) return [{ kind: 'Field', name: one.name.value, ...(below && { selections: below }) }]
    const typeCondition = one.typeCondition?.name.value
    return [{ kind: 'InlineFragment', ...(typeCondition && { typeCondition }), selections: below ?? [] }]
  })
}
