import {
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { SelectedOperation } from '../../operation/selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Puts object types, or the interface itself where every object meets the condition, in the place of other abstract types in the conditions on an
 * interface that some subgraph knows as an `@interfaceObject`: the planner looks in vain for a way from the interface object to another abstract
 * type, and fails on the whole operation. Gives the operation itself when it has none.
 */
export function expandConditions(
  selected: Selected,
  options: { schema: GraphQLSchema; interfaceObjects: ReadonlySet<string> },
): Selected {
  const { schema, interfaceObjects } = options
  const { operation, fragments } = selected
  if (interfaceObjects.size === 0) return selected
  const rootType = schema.getRootType(operation.operation)
  if (!rootType) return selected
  return {
    kind: 'operation',
    operation: { ...operation, selectionSet: expandSet(rootType, operation.selectionSet) },
    fragments: new Map(
      [...fragments].map(([name, fragment]) => {
        const type = schema.getType(fragment.typeCondition.name.value)
        const selectionSet = isCompositeType(type) ? expandSet(type, fragment.selectionSet) : fragment.selectionSet
        return [name, { ...fragment, selectionSet }]
      }),
    ),
  }

  function expandSet(parent: GraphQLCompositeType, set: SelectionSetNode): SelectionSetNode {
    const selections = set.selections.flatMap((one) => expand(parent, one))
    return { ...set, selections: selections.length > 0 ? selections : [typename] }
  }

  function expand(parent: GraphQLCompositeType, selection: SelectionNode): readonly SelectionNode[] {
    if (selection.kind === Kind.FIELD) {
      const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined
      const type = field && getNamedType(field.type)
      if (!selection.selectionSet || !isCompositeType(type)) return [selection]
      return [{ ...selection, selectionSet: expandSet(type, selection.selectionSet) }]
    }
    const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    const type = target?.typeCondition ? schema.getType(target.typeCondition.name.value) : parent
    if (!target || !isCompositeType(type)) return [selection]
    if (interfaceObjects.has(parent.name) && isAbstractType(parent) && type !== parent) {
      if (isAlways(type, parent)) {
        return [inlineFragment(parent, { ...selection, selectionSet: expandSet(parent, target.selectionSet) })]
      }
      const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
      return types
        .filter((one) => schema.isSubType(parent, one))
        .flatMap((one) => onObject(one, { ...selection, selectionSet: target.selectionSet }))
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection]
    return [{ ...selection, selectionSet: expandSet(type, selection.selectionSet) }]
  }

  /** The selections that apply to one object type, under a condition on it. */
  function onObject(
    type: GraphQLObjectType,
    { directives, selectionSet }: Pick<InlineFragmentNode, 'directives' | 'selectionSet'>,
  ): readonly InlineFragmentNode[] {
    const selections = selectionSet.selections.flatMap((one): readonly SelectionNode[] => {
      if (one.kind === Kind.FIELD) return expand(type, one)
      const target = one.kind === Kind.FRAGMENT_SPREAD ? fragments.get(one.name.value) : one
      if (!target) return []
      const condition = target.typeCondition ? schema.getType(target.typeCondition.name.value) : type
      const applies = condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
      return applies ? onObject(type, { directives: one.directives, selectionSet: target.selectionSet }) : []
    })
    if (selections.length === 0) return []
    return [inlineFragment(type, { directives, selectionSet: { kind: Kind.SELECTION_SET, selections } })]
  }

  /** Whether every object of the parent type satisfies the condition. */
  function isAlways(condition: GraphQLCompositeType, parent: GraphQLAbstractType): boolean {
    return isAbstractType(condition) && 'getInterfaces' in parent && schema.isSubType(condition, parent)
  }
}

function inlineFragment(
  type: GraphQLCompositeType,
  { directives, selectionSet }: Pick<InlineFragmentNode, 'directives' | 'selectionSet'>,
): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
    ...(directives && { directives }),
    selectionSet,
  }
}

const typename: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }
