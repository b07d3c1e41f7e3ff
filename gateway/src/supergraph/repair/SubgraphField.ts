import { type ConstDirectiveNode, Kind, type SelectionSetNode, type TypeNode } from 'graphql'
import { type CompositeTypes, findField, forEachField, typeNameOf } from './CompositeTypes.ts'
import { isExternal, parseFieldSet, readGraph, readString } from './joinArguments.ts'
import { coordinateIn } from './replaceRequirements.ts'

/** A field of a type as one graph has it. */
export type SubgraphField = {
  /** The name of its type, lists and non-null left out. */
  type: string
  /** In how many lists its values are. */
  listDepth: number
  /** Whether the graph only names it, and not in a key. */
  isExternal: boolean
  requires: SelectionSetNode | undefined
  provides: SelectionSetNode | undefined
}

/** Reads fields of the supergraph as its graphs have them, each once. */
export function createFieldReader(
  types: CompositeTypes,
): (field: { graph: string; type: string; name: string }) => SubgraphField | undefined {
  const keys = keyCoordinates(types)
  const known = new Map<string, SubgraphField | undefined>()
  return ({ graph, type, name }) => {
    const coordinate = coordinateIn(graph, type, name)
    if (!known.has(coordinate)) known.set(coordinate, read())
    return known.get(coordinate)

    function read(): SubgraphField | undefined {
      const definition = findField(types, type, name)
      if (!definition) return undefined
      const joins = definition.directives?.filter((one) => one.name.value === 'join__field') ?? []
      const join = joins.find((one) => readGraph(one) === graph)
      // What is joined to no graph in particular is in all that have the type.
      if (!join && joins.some((one) => readGraph(one) !== undefined)) return undefined
      return {
        type: typeNameOf(definition, graph),
        listDepth: listDepth(definition.type),
        isExternal: join !== undefined && isExternal(join) && !keys.has(coordinate),
        requires: join && readFieldSet(join, 'requires'),
        provides: join && readFieldSet(join, 'provides'),
      }
    }
  }
}

function keyCoordinates(types: CompositeTypes): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [type, { directives = [] }] of types) {
    for (const directive of directives) {
      const graph = readGraph(directive)
      const set = readFieldSet(directive, 'key')
      if (graph === undefined || !set) continue
      forEachField(types, { set, type, graph }, (one) => {
        found.add(coordinateIn(graph, one.type, one.definition.name.value))
      })
    }
  }
  return found
}

function readFieldSet(join: ConstDirectiveNode, argument: string): SelectionSetNode | undefined {
  const text = readString(join, argument)
  return text === undefined || text === '' ? undefined : parseFieldSet(text)
}

function listDepth(type: TypeNode): number {
  if (type.kind === Kind.NAMED_TYPE) return 0
  return listDepth(type.type) + (type.kind === Kind.LIST_TYPE ? 1 : 0)
}
