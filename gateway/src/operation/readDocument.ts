import { codedError } from '@tributary/schema'
import { type DocumentNode, GraphQLError, type GraphQLSchema, Lexer, parse, Source, TokenKind, validate } from 'graphql'
import type { OperationLimits } from './OperationLimits.ts'

/** How many validation errors are told; the last one says that there were more. */
const maxValidationErrors = 5

export type ReadDocument =
  | { kind: 'document'; document: DocumentNode }
  | { kind: 'errors'; errors: readonly GraphQLError[] }

/**
 * Reads, parses and validates an operation's text. Errors have the codes `MAX_TOKENS_LIMIT`, `MAX_DEPTH_LIMIT`, `GRAPHQL_PARSE_FAILED` or
 * `GRAPHQL_VALIDATION_FAILED`.
 */
export function readDocument(text: string, schema: GraphQLSchema, limits: OperationLimits): ReadDocument {
  let document: DocumentNode
  try {
    const tooLarge = checkLimits(text, limits)
    if (tooLarge) return { kind: 'errors', errors: [tooLarge] }
    document = parse(text)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { kind: 'errors', errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] }
  }
  const errors = validate(schema, document, undefined, { maxErrors: maxValidationErrors })
  if (errors.length === 0) return { kind: 'document', document }
  return { kind: 'errors', errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) }
}

function checkLimits(text: string, { maxTokens, maxDepth }: OperationLimits): GraphQLError | undefined {
  const lexer = new Lexer(new Source(text))
  let depth = 0
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++) {
    if (tokens >= maxTokens) {
      return codedError('MAX_TOKENS_LIMIT', `Expected an operation of at most ${maxTokens} tokens`)
    }
    switch (lexer.token.kind) {
      case TokenKind.BRACE_L:
      case TokenKind.BRACKET_L:
      case TokenKind.PAREN_L:
        depth++
        break
      case TokenKind.BRACE_R:
      case TokenKind.BRACKET_R:
      case TokenKind.PAREN_R:
        depth--
        break
      default:
    }
    if (depth > maxDepth) {
      return codedError('MAX_DEPTH_LIMIT', `Expected an operation that nests at most ${maxDepth} levels deep`)
    }
  }
  return undefined
}

function withCode(error: GraphQLError, code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED'): GraphQLError {
  const { message, nodes, source, positions, path, originalError } = error
  return codedError(code, message, { nodes, source, positions, path, originalError })
}
