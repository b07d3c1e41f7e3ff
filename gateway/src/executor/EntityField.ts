import { type DocumentNode, type FieldNode, Kind, type SelectionNode } from 'graphql'

/** A field that an entity fetch asks of the entities themselves. */
export type EntityField = {
  /** The type condition that it stands under. */
  type: string
  node: FieldNode
  /** The `@skip` and `@include` that it depends on. */
  conditions: readonly FieldCondition[]
}

export type FieldCondition = { variable: string; isInclude: boolean }

/** The {@link EntityField}s of an entity fetch's operation, as `parseFetch` gives it. */
export function readEntityFields(document: DocumentNode): readonly EntityField[] {
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [entities] = operation?.selectionSet.selections ?? []
  if (entities?.kind !== Kind.FIELD || !entities.selectionSet) return []
  const found: EntityField[] = []
  collect(entities.selectionSet.selections, { type: '_Entity', conditions: [] })
  return found

  function collect(selections: readonly SelectionNode[], place: Pick<EntityField, 'type' | 'conditions'>): void {
    for (const selection of selections) {
      const conditions = [...place.conditions, ...conditionsOf(selection)]
      if (selection.kind === Kind.FIELD) found.push({ type: place.type, node: selection, conditions })
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition?.name.value ?? place.type
        collect(selection.selectionSet.selections, { type, conditions })
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
