import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { SelectedOperation } from '../../operation/selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Asks for the `__typename` of a field with a `@skip` or `@include` of which every selection has one too: when these leave nothing of it, the planner
 * would not fetch the field at all, and nobody would know whether it is an empty object or null.
 */
export function keepEmptyObjects(selected: Selected): Selected {
  const { operation, fragments } = selected
  return {
    kind: 'operation',
    operation: visit(operation, { Field: { leave: keep } }),
    fragments: new Map([...fragments].map(([name, one]) => [name, visit(one, { Field: { leave: keep } })])),
  }

  function keep(field: FieldNode): FieldNode | undefined {
    const { selectionSet } = field
    if (!selectionSet || !hasCondition(field) || !isConditional(selectionSet, fragments)) return undefined
    return { ...field, selectionSet: { ...selectionSet, selections: [...selectionSet.selections, typename] } }
  }
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

function isConditional(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): boolean {
  return set.selections.every((selection) => {
    if (hasCondition(selection)) return true
    if (selection.kind === Kind.FIELD) return false
    const target = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    return target !== undefined && isConditional(target.selectionSet, fragments)
  })
}

function hasCondition(selection: SelectionNode): boolean {
  return selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include') ?? false
}
