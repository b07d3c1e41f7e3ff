import { type FieldNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, print, visit } from 'graphql'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** What the planner cannot do with, of the names in a client's operation. */
export type PlannerNames = {
  /** Whether a plan may use this response name for something else than the client does. */
  isReserved(responseName: string): boolean
  /** Whether a plan may ask one object for what the client asks of objects of different types: fields of this name among it. */
  isShared(fieldName: string): boolean
}

/**
 * Gives a field another alias where the client's is the name of a different field: the planner adds fields of its own (keys, what an `@requires` selects)
 * under their names, and takes `id: name` for the `id` that it needs. And where one response name stands for different fields, or one with different
 * arguments, on different types, which a plan may ask of one object.
 */
export function renameAliases(
  selected: Selected,
  { isReserved, isShared }: PlannerNames,
): {
  /** The operation for the planner. */
  selected: Selected
  /** The name under which the fetched tree has what a field of the client's operation asks for. */
  treeName(node: FieldNode): string
} {
  const { operation, fragments } = selected
  const definitions = [operation, ...fragments.values()]
  const taken = new Set<string>()
  // What each response name stands for. Fields of one object have the same (GraphQL spec, section 5.3.2).
  const meanings = new Map<string, Map<string, FieldNode>>()
  for (const definition of definitions) {
    visit(definition, {
      Field(node) {
        const responseName = responseNameOf(node)
        if (node.alias) taken.add(responseName)
        const known = meanings.get(responseName) ?? new Map<string, FieldNode>()
        meanings.set(responseName, known.set(meaningOf(node), node))
      },
    })
  }
  const renames = new Map<string, string>()
  for (const [responseName, nodes] of meanings) {
    const isOneOfMany = nodes.size > 1 && [...nodes.values()].some(({ name }) => isShared(name.value))
    let isFirst = true
    for (const [meaning, { name }] of nodes) {
      const isOther = name.value !== responseName && isReserved(responseName)
      if (isOther || (isOneOfMany && !isFirst)) renames.set(`${responseName} ${meaning}`, unusedName(responseName))
      isFirst = false
    }
  }
  if (renames.size === 0) return { selected, treeName: responseNameOf }
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

  function unusedName(responseName: string): string {
    let name = `${responseName}__client`
    while (isReserved(name) || taken.has(name) || meanings.has(name)) name += '_'
    taken.add(name)
    return name
  }

  function treeName(node: FieldNode): string {
    const responseName = responseNameOf(node)
    return renames.get(`${responseName} ${meaningOf(node)}`) ?? responseName
  }

  function renameField(field: FieldNode): FieldNode | undefined {
    const name = treeName(field)
    if (name === responseNameOf(field)) return undefined
    return { ...field, alias: { kind: Kind.NAME, value: name } }
  }
}

function responseNameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value
}

/** A field and its arguments, in whatever order. */
function meaningOf({ name, arguments: args = [] }: FieldNode): string {
  return `${name.value}(${args.map(print).sort().join(' ')})`
}
