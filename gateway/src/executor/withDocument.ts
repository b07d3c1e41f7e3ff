import type { FetchNode } from '@apollo/query-planner'
import { type DocumentNode, Kind, type OperationDefinitionNode, print, stripIgnoredCharacters, visit } from 'graphql'

/** A fetch that asks for this instead, for a document as `parseFetch` gives it. What is not used in it is left out. */
export function withDocument(fetch: FetchNode, document: DocumentNode): FetchNode {
  const reduced = withoutUnused(document)
  const variables = new Set(definedVariables(reduced))
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(reduced)),
    ...(fetch.variableUsages && { variableUsages: fetch.variableUsages.filter((name) => variables.has(name)) }),
  }
}

/** Without empty fragments and variables that are not used. */
function withoutUnused(document: DocumentNode): DocumentNode {
  const used = new Set<string>()
  const filled = visit(document, {
    InlineFragment: { leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined) },
  })
  visit(filled, {
    // What a definition defines is no use of it.
    VariableDefinition: () => false,
    Variable: (node) => void used.add(node.name.value),
  })
  return visit(filled, {
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? false : null),
  })
}

function definedVariables(document: DocumentNode): readonly string[] {
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  )
  return operations.flatMap((one) => one.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [])
}
