import { codedError } from '@tributary/schema'
import { type GraphQLError, Lexer, Source, TokenKind } from 'graphql'
import type { OperationLimits } from './OperationLimits.ts'

/**
 * Checks an operation's text before anything is made of it: gives `MAX_TOKENS_LIMIT`, `MAX_DEPTH_LIMIT` or undefined.
 * Throws graphql-js's syntax error for what are no tokens.
 */
export function checkLimits(text: string, { maxTokens, maxDepth }: OperationLimits): GraphQLError | undefined {
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
