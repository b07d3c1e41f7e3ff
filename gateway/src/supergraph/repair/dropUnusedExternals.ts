import type { ConstDirectiveNode } from 'graphql'
import { type CompositeTypes, forEachField, isOfInterface, typeNameOf, withImplementers } from './CompositeTypes.ts'
import { isExternal, parseFieldSet, readGraph, readString } from './joinArguments.ts'
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
        if (!candidates.has(coordinate) || used.has(coordinate)) return false
        return !isOfInterface(types, { type, field: field.name.value, graph })
      }
      const directives = field.directives?.filter((directive) => !isDropped(directive))
      const isJoined = directives?.some((one) => one.name.value === 'join__field')
      return isJoined && directives?.length !== field.directives?.length ? { ...field, directives } : field
    })
    types.set(name, { ...type, fields: fields ?? [] })
  }
}

function usedCoordinates(types: CompositeTypes): ReadonlySet<string> {
  const used = new Set<string>()
  for (const [name, type] of types) {
    for (const directive of type.directives ?? []) mark(directive, 'key', name)
    for (const field of type.fields ?? []) {
      for (const directive of field.directives ?? []) {
        mark(directive, 'requires', name)
        mark(directive, 'provides', typeNameOf(field, readGraph(directive) ?? ''))
      }
    }
  }
  return used

  function mark(directive: ConstDirectiveNode, argument: string, type: string): void {
    const graph = readGraph(directive)
    const text = readString(directive, argument)
    if (graph === undefined || text === undefined) return
    forEachField(types, { set: parseFieldSet(text), type, graph }, (one) => {
      for (const each of withImplementers(types, one.type)) {
        used.add(coordinateIn(graph, each, one.definition.name.value))
      }
    })
  }
}
