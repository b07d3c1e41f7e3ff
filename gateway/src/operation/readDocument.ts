import { codedError } from '@tributary/schema'
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql'
import { checkLimits } from './checkLimits.ts'
import { checkSelections } from './checkSelections.ts'
import { deferRules } from './deferRules.ts'
import { noIntrospection } from './noIntrospection.ts'
import type { OperationLimits } from './OperationLimits.ts'

/** How many validation errors are told; one more says that there were more. */
const maxValidationErrors = 4

export type ReadDocument =
  | { kind: 'document'; document: DocumentNode }
  | { kind: 'errors'; errors: readonly GraphQLError[] }

/**
 * Reads, parses and validates an operation's text. Errors have the codes of {@link checkLimits} and {@link checkSelections},
 * `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED` or `INTROSPECTION_DISABLED`.
 */
export function readDocument(text: string, schema: GraphQLSchema, limits: OperationLimits): ReadDocument {
  let document: DocumentNode
  try {
    const tooLarge = checkLimits(text, limits)
    if (tooLarge) return { kind: 'errors', errors: [tooLarge] }
    document = parse(text)
    const selectsTooMuch = checkSelections(document, limits)
    if (selectsTooMuch) return { kind: 'errors', errors: [selectsTooMuch] }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { kind: 'errors', errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] }
  }
  const errors = validateDocument(document, schema, limits)
  if (errors.length === 0) return { kind: 'document', document }
  return { kind: 'errors', errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) }
}

function validateDocument(
  document: DocumentNode,
  schema: GraphQLSchema,
  limits: OperationLimits,
): readonly GraphQLError[] {
  const rules = [...specifiedRules, ...deferRules, ...(limits.allowIntrospection ? [] : [noIntrospection])]
  try {
    return validate(schema, document, rules, { maxErrors: maxValidationErrors })
  } catch (error) {
    // graphql-js 16 throws for a subscription whose root field has a @skip or @include with a variable.
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}

function withCode(error: GraphQLError, code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED'): GraphQLError {
  if (error.extensions.code !== undefined) return error
  const { message, nodes, source, positions, path, originalError } = error
  return codedError(code, message, { nodes, source, positions, path, originalError })
}
