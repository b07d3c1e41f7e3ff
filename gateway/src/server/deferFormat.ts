import type { GraphQLError } from 'graphql'
import type { IncrementalResult } from '../executor/IncrementalResult.ts'
import type { StreamFormat } from './StreamFormat.ts'

/**
 * Incremental delivery over HTTP as clients ask for it with `deferSpec=20220824` (https://github.com/graphql/graphql-spec/tree/48cf726, section 7): a first
 * result, then `incremental` ones that each name the path they belong to; the last says that it is.
 */
export const deferFormat: StreamFormat = incrementalFormat(
  'multipart/mixed;boundary="-";deferSpec=20220824',
  ({ pending: _, incremental, hasNext = false, ...result }) => {
    const parts = incremental?.map(({ id: _, ...part }) => part)
    return { ...result, ...(parts && { incremental: parts }), hasNext }
  },
)

/**
 * The same as clients ask for it with `incrementalSpec=v0.2` (https://specs.apollo.dev/incremental/v0.2/): parts are announced, and referred to by an id.
 */
export const incrementalSpecFormat: StreamFormat = incrementalFormat(
  'multipart/mixed;boundary="-";incrementalSpec=v0.2',
  ({ incremental = [], hasNext = false, ...result }) => {
    const brought = incremental.flatMap(({ id, data, errors }) =>
      data ? [{ id, data, ...(errors && { errors }) }] : [],
    )
    const completed = incremental.map(({ id, data, errors }) => ({ id, ...(!data && { errors }) }))
    return {
      ...result,
      ...(brought.length > 0 && { incremental: brought }),
      ...(completed.length > 0 && { completed }),
      hasNext,
    }
  },
)

function incrementalFormat(contentType: string, toPayload: (result: IncrementalResult) => unknown): StreamFormat {
  const last = (errors: readonly GraphQLError[]) => `${part(JSON.stringify({ errors, hasNext: false }))}--\r\n`
  return {
    door: 'multipart',
    contentType,
    opening: '\r\n---',
    // Some clients take the first part for the answer, whatever is in it. An operation is bounded in time.
    heartbeat: '',
    heartbeatMs: 60_000,
    // What is not in parts is the only one.
    next: ({ text, part: result }) =>
      result ? part(JSON.stringify(toPayload(result))) : part(`${text.slice(0, -1)},"hasNext":false}`),
    complete: '--\r\n',
    failed: last,
    goAway: (error) => last([error]),
  }
}

/** One part, followed by the next boundary at once: clients wait for it before they read the part. */
function part(body: string): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${body}\r\n---`
}
