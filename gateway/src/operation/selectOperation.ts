import { codedError } from '@tributary/schema'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'

export type SelectedOperation =
  | { kind: 'operation'; operation: OperationDefinitionNode; fragments: ReadonlyMap<string, FragmentDefinitionNode> }
  | { kind: 'errors'; errors: readonly GraphQLError[] }

/** Finds the operation to run: GetOperation of the GraphQL spec, section 6.1. Errors have `OPERATION_RESOLUTION_FAILURE`. */
export function selectOperation(document: DocumentNode, operationName: string | undefined): SelectedOperation {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
  }
  if (operationName !== undefined) {
    const operation = operations.find(({ name }) => name?.value === operationName)
    if (operation) return { kind: 'operation', operation, fragments }
    return unresolved(`Unknown operation named "${operationName}".`)
  }
  const [operation, another] = operations
  if (!operation) return unresolved('Must provide an operation.')
  if (another) return unresolved('Must provide operation name if query contains multiple operations.')
  return { kind: 'operation', operation, fragments }
}

function unresolved(message: string): SelectedOperation {
  return { kind: 'errors', errors: [codedError('OPERATION_RESOLUTION_FAILURE', message)] }
}
