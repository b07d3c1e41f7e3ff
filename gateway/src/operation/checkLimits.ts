import { codedError } from '@tributary/schema'
import { type GraphQLError, Lexer, Source, TokenKind } from 'graphql'
import type { OperationLimits } from './OperationLimits.ts'

/**
 * Checks an operation's text before anything is made of it: gives `MAX_TOKENS_LIMIT`, `MAX_DEPTH_LIMIT` or undefined.
 * Throws graphql-js's syntax error for what are no tokens.
 */
export function checkLimits(text: string, limits: OperationLimits): GraphQLError | undefined {
  const { maxTokens, maxDepth, maxValueDepth } = limits
  const lexer = new Lexer(new Source(text))
  let depth = 0
  // The depth of the parentheses in which we are: what nests within them is a value, or a type.
  let parenthesesAt: number | undefined
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++) {
    if (tokens >= maxTokens) {
      return codedError('MAX_TOKENS_LIMIT', `Expected an operation of at most ${maxTokens} tokens`)
    }
    switch (lexer.token.kind) {
      case TokenKind.PAREN_L:
        depth++
        parenthesesAt = depth
        break
      case TokenKind.BRACE_L:
      case TokenKind.BRACKET_L:
        depth++
        break
      case TokenKind.PAREN_R:
        depth--
        parenthesesAt = undefined
        break
      case TokenKind.BRACE_R:
      case TokenKind.BRACKET_R:
        depth--
        break
      default:
    }
    if (depth > maxDepth) {
      return codedError('MAX_DEPTH_LIMIT', `Expected an operation that nests at most ${maxDepth} levels deep`)
    }
    if (parenthesesAt !== undefined && depth - parenthesesAt > maxValueDepth) {
      const message = `Expected literal values that nest at most ${maxValueDepth} levels deep; variables may nest deeper`
      return codedError('MAX_DEPTH_LIMIT', message)
    }
  }
  return undefined
}
