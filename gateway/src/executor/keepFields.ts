import type { FetchNode } from '@apollo/query-planner'
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql'
import { readEntityFields } from './EntityField.ts'

/** An entity fetch that asks of the entities themselves only for some of the fields in its `document`. */
export function keepFields(fetch: FetchNode, document: DocumentNode, fields: ReadonlySet<FieldNode>): FetchNode {
  const dropped = new Set(readEntityFields(document).map(({ node }) => node))
  for (const field of fields) dropped.delete(field)
  const reduced = withoutUnused(visit(document, { Field: (node) => (dropped.has(node) ? null : undefined) }))
  const variables = new Set(definedVariables(reduced))
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(reduced)),
    ...(fetch.variableUsages && { variableUsages: fetch.variableUsages.filter((name) => variables.has(name)) }),
  }
}

/** Without empty fragments, spreads of fragments that are gone, fragments that are not spread and variables that are not used. */
function withoutUnused(document: DocumentNode): DocumentNode {
  for (let before = document; ; ) {
    const defined = new Set<string>()
    const spread = new Set<string>()
    const used = new Set<string>()
    visit(before, {
      FragmentDefinition: (node) => void (node.selectionSet.selections.length > 0 && defined.add(node.name.value)),
      FragmentSpread: (node) => void spread.add(node.name.value),
      // What a definition defines is no use of it.
      VariableDefinition: () => false,
      Variable: (node) => void used.add(node.name.value),
    })
    const after = visit(before, {
      FragmentSpread: (node) => (defined.has(node.name.value) ? undefined : null),
      FragmentDefinition: ({ name: { value: name } }) => (spread.has(name) && defined.has(name) ? undefined : null),
      VariableDefinition: (node) => (used.has(node.variable.name.value) ? false : null),
      InlineFragment: { leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined) },
    })
    if (after === before) return after
    before = after
  }
}

function definedVariables(document: DocumentNode): readonly string[] {
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  )
  return operations.flatMap((one) => one.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [])
}
