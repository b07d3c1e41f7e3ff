import { type FieldNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Gives a field another alias where the client's is the name of a different field: the planner adds fields of its own (keys, what an `@requires` selects)
 * under their names, and takes `id: name` for the `id` that it needs.
 */
export function renameAliases(
  selected: Selected,
  isReserved: (responseName: string) => boolean,
): {
  /** The operation for the planner. */
  selected: Selected
  /** The name under which the fetched tree has what a field of the client's operation asks for. */
  treeName(node: FieldNode): string
} {
  const { operation, fragments } = selected
  const definitions = [operation, ...fragments.values()]
  const aliases = new Set<string>()
  for (const definition of definitions) {
    visit(definition, { Field: ({ alias }) => void (alias && aliases.add(alias.value)) })
  }
  const renames = new Map<string, string>()
  for (const alias of aliases) {
    if (!isReserved(alias)) continue
    let fresh = `${alias}__client`
    while (isReserved(fresh) || aliases.has(fresh)) fresh += '_'
    renames.set(alias, fresh)
  }
  if (renames.size === 0) return { selected, treeName: ({ alias, name }) => (alias ?? name).value }
  const rename = <Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node =>
    visit(node, { Field: (field) => renameField(field) })
  return {
    selected: {
      kind: 'operation',
      operation: rename(operation),
      fragments: new Map([...fragments].map(([name, fragment]) => [name, rename(fragment)])),
    },
    treeName,
  }

  function treeName({ alias, name }: FieldNode): string {
    if (!alias || alias.value === name.value) return name.value
    return renames.get(alias.value) ?? alias.value
  }

  function renameField(field: FieldNode): FieldNode | undefined {
    const name = treeName(field)
    if (name === (field.alias ?? field.name).value) return undefined
    return { ...field, alias: { kind: Kind.NAME, value: name } }
  }
}
