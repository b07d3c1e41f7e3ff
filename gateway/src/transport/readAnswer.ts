import { isAscii } from 'node:buffer'
import { isFields } from '../executor/ownField.ts'
import { readSubgraphErrors } from '../executor/readSubgraphErrors.ts'
import type { SubgraphResponse } from '../executor/Transport.ts'

/**
 * Reads a subgraph's HTTP response. With a 2xx status it must be a GraphQL response: data, errors or both. With another status the errors of a well-formed
 * GraphQL response are kept; anything else is `SUBREQUEST_HTTP_ERROR` with the status.
 */
export function readAnswer(response: { status: number; bytes: Uint8Array }, subgraph: string): SubgraphResponse {
  const { status, bytes } = response
  const answer = readGraphqlResponse(decode(bytes))
  if (status >= 200 && status < 300) {
    if (answer) return answer
    const message = `The subgraph ${subgraph} did not answer with a GraphQL response`
    return { kind: 'failure', code: 'SUBREQUEST_MALFORMED_RESPONSE', message }
  }
  if (answer?.kind === 'answer' && answer.errors) return answer
  const message = `The subgraph ${subgraph} answered with the HTTP status ${status}`
  return { kind: 'failure', code: 'SUBREQUEST_HTTP_ERROR', message, extensions: { status } }
}

/** Undefined for what is no GraphQL response: section 7.1 of the spec. */
function readGraphqlResponse(text: string): SubgraphResponse | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isFields(json)) return undefined
  const { data, errors } = json
  const isDataObject = isFields(data)
  if (!isDataObject && data !== null && data !== undefined) return undefined
  const read = readSubgraphErrors(errors)
  if (!isDataObject && !(read && Array.isArray(errors))) return undefined
  return { kind: 'answer', data: isDataObject ? data : null, ...(read && { errors: read }) }
}

/** Most answers are ASCII, which is copied many times faster than UTF-8 is decoded. */
function decode({ buffer, byteOffset, length }: Uint8Array): string {
  const bytes = Buffer.from(buffer, byteOffset, length)
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
}
