import {
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql'
import { readGraph, readString } from './joinArguments.ts'

/** The supergraph's object and interface types by name, in order, before they are put together again. */
export type CompositeTypes = Map<string, CompositeType>

export type CompositeType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode

/** The {@link CompositeTypes} of a document. */
export function readCompositeTypes(document: DocumentNode): CompositeTypes {
  const types: CompositeTypes = new Map()
  for (const definition of document.definitions) {
    const { kind } = definition
    if (kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.INTERFACE_TYPE_DEFINITION) {
      types.set(definition.name.value, definition)
    }
  }
  return types
}

export function findField(types: CompositeTypes, type: string, name: string): FieldDefinitionNode | undefined {
  return types.get(type)?.fields?.find((field) => field.name.value === name)
}

/** The name of the type that a field has, lists and non-null left out, as one graph sees it. */
export function typeNameOf(field: FieldDefinitionNode, graph: string): string {
  const own = field.directives?.find((one) => one.name.value === 'join__field' && readGraph(one) === graph)
  const text = own && readString(own, 'type')
  return text === undefined ? namedType(field.type) : text.replace(/[[\]!]/g, '')
}

/** The type itself and, for an interface, all that implement it. */
export function withImplementers(types: CompositeTypes, name: string): readonly string[] {
  const implementers = [...types.values()].filter((type) => type.interfaces?.some((one) => one.name.value === name))
  return [name, ...implementers.map((type) => type.name.value)]
}

/** Whether one of the interfaces that the type implements has the field in this graph: the type must have it there, too. */
export function isOfInterface(
  types: CompositeTypes,
  { type, field, graph }: { type: CompositeType; field: string; graph: string },
): boolean {
  return (type.interfaces ?? []).some(({ name }) => {
    const definition = findField(types, name.value, field)
    const joins = definition?.directives?.filter((one) => one.name.value === 'join__field') ?? []
    // What is joined to no graph in particular is in all of them that have the interface.
    const all = joins.length > 0 ? joins : (types.get(name.value)?.directives ?? [])
    return definition !== undefined && all.some((join) => readGraph(join) === graph)
  })
}

/** Calls back with each field of a field set that the supergraph knows, and the type that it is selected on. */
export function forEachField(
  types: CompositeTypes,
  { set, type, graph }: { set: SelectionSetNode; type: string; graph: string },
  callback: (field: { type: string; definition: FieldDefinitionNode }) => void,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const definition = findField(types, type, selection.name.value)
      if (!definition) continue
      callback({ type, definition })
      const { selectionSet } = selection
      if (selectionSet) forEachField(types, { set: selectionSet, type: typeNameOf(definition, graph), graph }, callback)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value ?? type
      forEachField(types, { set: selection.selectionSet, type: condition, graph }, callback)
    }
  }
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}
