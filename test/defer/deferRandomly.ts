import {
  type DirectiveNode,
  type DocumentNode,
  type InlineFragmentNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Random } from '../property/Random.ts'

/**
 * Puts `... @defer` around some selections of a document, at every level, with labels or without; fragments that are spread may be deferred as they are. Not around
 * the root fields of a mutation. Selects the same.
 */
export function deferRandomly(document: DocumentNode, random: Random, share = 0.4): DocumentNode {
  let labels = 0
  return {
    ...document,
    definitions: document.definitions.map((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
        return definition
      const isMutation =
        definition.kind === Kind.OPERATION_DEFINITION
          ? definition.operation === OperationTypeNode.MUTATION
          : definition.typeCondition.name.value === 'Mutation'
      return { ...definition, selectionSet: defer(definition.selectionSet, !isMutation) }
    }),
  }

  function defer(set: SelectionSetNode, mayDefer: boolean): SelectionSetNode {
    const selections = set.selections.map((one): SelectionNode => {
      if (one.kind === Kind.FRAGMENT_SPREAD) {
        return mayDefer && random() < share ? { ...one, directives: [...(one.directives ?? []), directive()] } : one
      }
      if (!one.selectionSet) return one
      return { ...one, selectionSet: defer(one.selectionSet, mayDefer || one.kind === Kind.FIELD) }
    })
    if (!mayDefer || random() >= share) return { ...set, selections }
    const from = Math.floor(random() * selections.length)
    const to = from + 1 + Math.floor(random() * (selections.length - from))
    const deferred: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      directives: [directive()],
      selectionSet: { kind: Kind.SELECTION_SET, selections: selections.slice(from, to) },
    }
    return { ...set, selections: [...selections.slice(0, from), deferred, ...selections.slice(to)] }
  }

  function directive(): DirectiveNode {
    const label = {
      kind: Kind.ARGUMENT,
      name: nameOf('label'),
      value: { kind: Kind.STRING, value: `l${labels++}` },
    } as const
    return { kind: Kind.DIRECTIVE, name: nameOf('defer'), arguments: random() < 0.5 ? [label] : [] }
  }
}

function nameOf(value: string) {
  return { kind: Kind.NAME, value } as const
}
