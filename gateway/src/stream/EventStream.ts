import type { GraphQLError } from 'graphql'
import type { IncrementalResult } from '../executor/IncrementalResult.ts'

/**
 * The results of one client operation, in order. It ends in one of three ways: `done` (complete), a rejected `next` with the
 * `GraphQLError` that ended it (it was lost, not completed), or the reader's `return`, which frees everything at once, also
 * while a `next` waits. After an end `next` gives `done`.
 */
export type EventStream<Event = StreamResult> = AsyncIterableIterator<Event, undefined, undefined> & {
  return(): Promise<IteratorReturnResult<undefined>>
}

/** A result as it goes to clients: written once, whoever gets it. It may be shared, so it never changes. */
export type StreamResult = {
  /** An execution result, as JSON. */
  readonly text: string
  /** The errors in it, for the log. */
  readonly errors?: readonly GraphQLError[]
  /** Present when it is one of the parts of an answer: then there is no text, because protocols write parts differently. */
  readonly part?: IncrementalResult
  /** For an event of a subscription that has a cursor: its number. */
  readonly seq?: number
}
