import type { FetchNode } from '@apollo/query-planner'
import { type DocumentNode, type FragmentDefinitionNode, Kind, parse, print, visit } from 'graphql'

/** The operation of a fetch with its fragments in the places where they are spread: each node of it stands in one place. */
export function parseFetch({ operation }: FetchNode): DocumentNode {
  const document = parse(operation, { noLocation: true })
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  if (fragments.size === 0) return document
  const spread: DocumentNode = visit(document, {
    FragmentDefinition: () => null,
    FragmentSpread({ name, directives = [] }) {
      const fragment = fragments.get(name.value)
      if (!fragment) return undefined
      const { typeCondition, selectionSet } = fragment
      // The visitor goes on in what it is given here.
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet }
    },
  })
  return parse(print(spread), { noLocation: true })
}
