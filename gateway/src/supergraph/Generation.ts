import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql'
import type { CompiledOperation } from '../operation/CompiledOperation.ts'

/**
 * One version of the graph, which never changes: a reload makes another. Whatever runs on a generation ends on it. Its schema, its plans and
 * where its subgraphs are belong together.
 */
export type Generation = {
  /** A hash of the supergraph and of the subgraphs' URLs: equal for equal graphs. */
  id: string
  /** What clients see. */
  apiSchema: GraphQLSchema
  supergraphSdl: string
  subgraphs: ReadonlyMap<string, { url: string }>
  getOperation: GetOperation
  /** The same for who can wait: planning that takes long does not keep others from being answered. An operation that many ask for at a time is planned once. */
  prepareOperation(...asked: Parameters<GetOperation>): Promise<FoundOperation>
  /** The same, if it is compiled already. */
  findCompiled(text: string, operationName?: string | null): CompiledOperation | undefined
  /** Gives back what it has beside memory: a newer one is served. It can be asked as before. */
  retire(): void
  /** What it was asked for most often, the most often first, at most `count`. */
  mostUsed(count: number): readonly OperationText[]
}

/** What clients ask for: as {@link GetOperation} takes it. */
export type OperationText = { text: string; operationName: string | undefined }

/**
 * Gives the operation of a text, compiled: from the cache, or read, validated, planned and compiled now. Errors have the codes
 * `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED` or `OPERATION_RESOLUTION_FAILURE`, or that of the limit that it is past.
 *
 * Whoever has a document that was parsed from this very text, and validated against this generation's `apiSchema`, may give it along.
 */
export type GetOperation = (text: string, operationName?: string | null, document?: DocumentNode) => FoundOperation

export type FoundOperation =
  | { kind: 'compiled'; operation: CompiledOperation }
  | { kind: 'errors'; errors: readonly GraphQLError[] }
