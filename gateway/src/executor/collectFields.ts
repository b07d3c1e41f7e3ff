import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** What collecting fields takes from an operation, with the values of the variables that its `@skip` and `@include` name. */
export type SelectionScope = {
  schema: GraphQLSchema
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The value of a Boolean variable, or undefined to leave in whatever depends on it. */
  flag(variable: string): boolean | undefined
  /** The name under which the tree has what the client's field asks for. */
  treeName(node: FieldNode): string
  /** Whether a fragment is left to a later part of the answer; absent where all comes at once. */
  isDeferred?(fragment: InlineFragmentNode): boolean
}

/**
 * The fields that an object of the type has in the answer, by response name, in order: CollectFields of the GraphQL spec, section 6.3.2. Without a
 * type every type condition applies. Fragments that are left to later parts of the answer are put into `deferred`.
 */
export function collectFields(
  scope: SelectionScope,
  type: GraphQLCompositeType | undefined,
  selectionSets: readonly SelectionSetNode[],
  deferred: InlineFragmentNode[] = [],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()
  for (const selectionSet of selectionSets) collect(selectionSet)
  return fields

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (!isIncluded(scope, selection)) continue
      switch (selection.kind) {
        case Kind.FIELD: {
          const name = selection.alias?.value ?? selection.name.value
          const nodes = fields.get(name)
          if (nodes) nodes.push(selection)
          else fields.set(name, [selection])
          break
        }
        case Kind.INLINE_FRAGMENT:
          if (!satisfies(selection.typeCondition?.name.value)) break
          if (scope.isDeferred?.(selection)) deferred.push(selection)
          else collect(selection.selectionSet)
          break
        case Kind.FRAGMENT_SPREAD: {
          const name = selection.name.value
          const fragment = scope.fragments.get(name)
          if (!fragment || visited.has(name)) break
          visited.add(name)
          if (satisfies(fragment.typeCondition.name.value)) collect(fragment.selectionSet)
          break
        }
        default:
          selection satisfies never
      }
    }
  }

  function satisfies(condition: string | undefined): boolean {
    if (condition === undefined || type === undefined || condition === type.name) return true
    const wanted = scope.schema.getType(condition)
    return isAbstractType(wanted) && wanted !== type && !('getTypes' in type) && scope.schema.isSubType(wanted, type)
  }
}

/** Whether `@skip` and `@include` leave the selection in. */
function isIncluded(scope: SelectionScope, selection: SelectionNode): boolean {
  for (const { name, arguments: args } of selection.directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue
    const value = args?.find((argument) => argument.name.value === 'if')?.value
    const isTrue =
      value?.kind === Kind.VARIABLE ? scope.flag(value.name.value) : value?.kind === Kind.BOOLEAN && value.value
    if (isTrue === (name.value === 'skip')) return false
  }
  return true
}
