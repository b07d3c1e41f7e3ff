import { type ConstDirectiveNode, Kind, type SelectionSetNode } from 'graphql'
import { isExternal } from './addSyntheticFields.ts'
import { type CompositeType, type CompositeTypes, findField, typeNameOf, withImplementers } from './CompositeTypes.ts'
import { parseFieldSet, readGraph, readString } from './joinArguments.ts'
import { coordinateIn } from './replaceRequirements.ts'

/**
 * Drops the external join fields among `candidates` that no `@key`, `@requires` or `@provides` of their graph selects any more. The planner would
 * otherwise take them for fields of that graph.
 */
export function dropUnusedExternals(types: CompositeTypes, candidates: ReadonlySet<string>): void {
  if (candidates.size === 0) return
  const used = usedCoordinates(types)
  for (const [name, type] of types) {
    const fields = type.fields?.map((field) => {
      const isDropped = (directive: ConstDirectiveNode): boolean => {
        const graph = readGraph(directive)
        if (!isExternal(directive) || graph === undefined) return false
        const coordinate = coordinateIn(graph, name, field.name.value)
        return candidates.has(coordinate) && !used.has(coordinate) && !isOfInterface(type, field.name.value, graph)
      }
      const directives = field.directives?.filter((directive) => !isDropped(directive))
      const isJoined = directives?.some((one) => one.name.value === 'join__field')
      return isJoined && directives?.length !== field.directives?.length ? { ...field, directives } : field
    })
    types.set(name, { ...type, fields: fields ?? [] })
  }

  function isOfInterface(type: CompositeType, field: string, graph: string): boolean {
    return (type.interfaces ?? []).some(({ name }) => {
      const definition = findField(types, name.value, field)
      const joins = definition?.directives?.filter((one) => one.name.value === 'join__field') ?? []
      return definition !== undefined && (joins.length === 0 || joins.some((join) => readGraph(join) === graph))
    })
  }
}

function usedCoordinates(types: CompositeTypes): ReadonlySet<string> {
  const used = new Set<string>()
  for (const [name, type] of types) {
    for (const directive of type.directives ?? []) markText(directive, 'key', name)
    for (const field of type.fields ?? []) {
      for (const directive of field.directives ?? []) {
        markText(directive, 'requires', name)
        markText(directive, 'provides', typeNameOf(field, readGraph(directive) ?? ''))
      }
    }
  }
  return used

  function markText(directive: ConstDirectiveNode, argument: string, type: string): void {
    const graph = readGraph(directive)
    const text = readString(directive, argument)
    if (graph !== undefined && text !== undefined) mark(parseFieldSet(text), type, graph)
  }

  function mark(set: SelectionSetNode, type: string, graph: string): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const { value: field } = selection.name
        for (const one of withImplementers(types, type)) used.add(coordinateIn(graph, one, field))
        const definition = findField(types, type, field)
        if (selection.selectionSet && definition) mark(selection.selectionSet, typeNameOf(definition, graph), graph)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        mark(selection.selectionSet, selection.typeCondition?.name.value ?? type, graph)
      }
    }
  }
}
