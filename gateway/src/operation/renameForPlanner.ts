import type { CompileOptions } from './compileOperation.ts'
import { renameAliases } from './renameAliases.ts'
import { renameVariables } from './renameVariables.ts'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** An operation under names that the planner can do with, as `selected`, and what gives what comes of it the client's names. */
export function renameForPlanner(
  client: Selected,
  isReserved: CompileOptions['isReserved'],
): ReturnType<typeof renameAliases> & Pick<ReturnType<typeof renameVariables>, 'apply'> {
  const { selected, apply } = renameVariables(client)
  return { ...renameAliases(selected, isReserved), apply }
}
