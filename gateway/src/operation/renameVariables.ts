import { type DefinitionNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import { isInherited } from '../executor/ownField.ts'
import type { CoerceVariables } from './compileVariables.ts'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Gives variables other names where the client's would be in the way: an entity fetch has its own `$representations`, and what every
 * object inherits (`$constructor`, `$__proto__`) is no safe name for a planner that keeps variables in objects. Clients notice nothing.
 */
export function renameVariables(selected: Selected): {
  /** The operation for the planner. */
  selected: Selected
  /** A coercion that gives each renamed variable under both names. */
  apply(coerce: CoerceVariables): CoerceVariables
} {
  const names = (selected.operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
  const renames = new Map<string, string>()
  for (const name of names) {
    if (name !== 'representations' && !isInherited(name)) continue
    let fresh = `renamed_${renames.size}`
    while (names.includes(fresh)) fresh += '_'
    renames.set(name, fresh)
  }
  if (renames.size === 0) return { selected, apply: (coerce) => coerce }
  return {
    selected: {
      kind: 'operation',
      operation: rename<OperationDefinitionNode>(selected.operation, renames),
      fragments: new Map(
        [...selected.fragments].map(([name, fragment]) => [name, rename<FragmentDefinitionNode>(fragment, renames)]),
      ),
    },
    apply: (coerce) => (raw) => {
      const coerced = coerce(raw)
      if (coerced.kind === 'errors') return coerced
      const { variables } = coerced
      for (const [name, fresh] of renames) if (Object.hasOwn(variables, name)) variables[fresh] = variables[name]
      return coerced
    },
  }
}

function rename<Node extends DefinitionNode>(node: Node, renames: ReadonlyMap<string, string>): Node {
  return visit(node, {
    Variable(variable) {
      const fresh = renames.get(variable.name.value)
      return fresh === undefined ? undefined : { ...variable, name: { kind: Kind.NAME, value: fresh } }
    },
  })
}
