import { type PlannerNames, renameAliases } from './renameAliases.ts'
import { renameVariables } from './renameVariables.ts'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** An operation under names that the planner can do with, as `selected`, and what gives what comes of it the client's names. */
export function renameForPlanner(
  client: Selected,
  names: PlannerNames,
): ReturnType<typeof renameVariables> & Pick<ReturnType<typeof renameAliases>, 'treeName'> {
  // Aliases first: the names in the tree go by what the client's fields say, variables and all.
  const { selected, treeName } = renameAliases(client, names)
  return { ...renameVariables(selected), treeName }
}
