import type { ExecutionResult } from 'graphql'

/**
 * The results of one client operation, in order. It ends in one of three ways: `done` (complete), a rejected `next` with the
 * `GraphQLError` that ended it (it was lost, not completed), or the reader's `return`, which frees everything at once, also
 * while a `next` waits. After an end `next` gives `done`.
 */
export type EventStream = AsyncIterableIterator<ExecutionResult> & {
  return(): Promise<IteratorReturnResult<undefined>>
}
