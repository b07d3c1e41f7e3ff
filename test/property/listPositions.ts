import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Exchange } from './createMemoryTransport.ts'

/** A value in a subgraph's answer, and where it is. */
export type Position = {
  path: readonly (string | number)[]
  /** The object or list that holds it. */
  holder: Record<string | number, unknown>
  key: string | number
  type: GraphQLOutputType
  /** The field whose value it is, or is in. */
  typename: string
  field: string
  above: Position | undefined
}

/** All values of a subgraph's answer that a schema gives a type, apart from type names. */
export function listPositions({ document, schema, response }: Exchange): readonly Position[] {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const root = operation && schema.getRootType(operation.operation)
  const positions: Position[] = []
  if (root && response.data)
    visitObject(response.data, [{ typename: root.name, selectionSet: operation.selectionSet }], [], undefined)
  return positions

  type Selected = { typename: string; selectionSet: SelectionSetNode }

  function visitObject(
    object: Record<string, unknown>,
    selected: readonly Selected[],
    path: readonly (string | number)[],
    above: Position | undefined,
  ): void {
    const nodes = new Map<string, { typename: string; node: FieldNode }[]>()
    for (const one of selected) collect(one, nodes)
    for (const [name, found] of nodes) {
      const [first] = found
      const type = first && schema.getType(first.typename)
      if (!Object.hasOwn(object, name) || !first || !(isObjectType(type) || isInterfaceType(type))) continue
      const definition = type.getFields()[first.node.name.value]
      if (!definition) continue
      const children = found.flatMap(({ node: { selectionSet } }) =>
        selectionSet ? [{ typename: String(definition.type).replace(/[[\]!]/g, ''), selectionSet }] : [],
      )
      const field = { typename: first.typename, field: first.node.name.value }
      visitValue({ path: [...path, name], holder: object, key: name, type: definition.type, ...field, above }, children)
    }
  }

  function visitValue(position: Position, children: readonly Selected[]): void {
    const { path, holder, key, type } = position
    const value = holder[key]
    positions.push(position)
    const nullable = isNonNullType(type) ? type.ofType : type
    if (Array.isArray(value) && isListType(nullable)) {
      // A list is read by its indexes.
      const items = value as unknown as Position['holder']
      value.forEach((_, index) => {
        visitValue(
          { ...position, path: [...path, index], holder: items, key: index, type: nullable.ofType, above: position },
          children,
        )
      })
    } else if (typeof value === 'object' && value !== null && children.length > 0) {
      // An object of JSON.
      visitObject(value as Record<string, unknown>, children, path, position)
    }
  }

  /** All selections, whatever their type conditions: the answer has only those that apply. */
  function collect(
    { typename, selectionSet }: Selected,
    into: Map<string, { typename: string; node: FieldNode }[]>,
  ): void {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value
        into.set(name, [...(into.get(name) ?? []), { typename, node: selection }])
        continue
      }
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!target) continue
      collect({ typename: target.typeCondition?.name.value ?? typename, selectionSet: target.selectionSet }, into)
    }
  }
}
