import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionNode } from 'graphql'

/** A field that an entity fetch asks of the entities themselves. */
export type EntityField = {
  /** The type condition that it stands under. */
  type: string
  node: FieldNode
  /** The `@skip` and `@include` that it depends on. */
  conditions: readonly FieldCondition[]
}

export type FieldCondition = { variable: string; isInclude: boolean }

/** The {@link EntityField}s of an entity fetch's operation, through fragments. */
export function readEntityFields(document: DocumentNode): readonly EntityField[] {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [entities] = operation?.selectionSet.selections ?? []
  if (entities?.kind !== Kind.FIELD || !entities.selectionSet) return []
  const found: EntityField[] = []
  collect(entities.selectionSet.selections, { type: '_Entity', conditions: [] }, 0)
  return found

  function collect(
    selections: readonly SelectionNode[],
    place: Pick<EntityField, 'type' | 'conditions'>,
    depth: number,
  ): void {
    for (const selection of selections) {
      const conditions = [...place.conditions, ...conditionsOf(selection)]
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (target?.kind === Kind.FIELD) found.push({ type: place.type, node: target, conditions })
      else if (target && depth < 100) {
        const type = target.typeCondition?.name.value ?? place.type
        collect(target.selectionSet.selections, { type, conditions }, depth + 1)
      }
    }
  }
}

function conditionsOf(selection: SelectionNode): readonly FieldCondition[] {
  return (selection.directives ?? []).flatMap(({ name, arguments: args }) => {
    const value = args?.find((one) => one.name.value === 'if')?.value
    if ((name.value !== 'skip' && name.value !== 'include') || value?.kind !== Kind.VARIABLE) return []
    return [{ variable: value.name.value, isInclude: name.value === 'include' }]
  })
}
