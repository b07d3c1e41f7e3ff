import { multipartFormat } from './multipartFormat.ts'
import type { StreamFormat } from './StreamFormat.ts'
import { sseFormat } from './sseFormat.ts'

/** What a client's `accept` header lets us stream with, and whether it takes a plain answer as well. */
export type AcceptedStream = { format: StreamFormat; takesJson: boolean }

/**
 * Reads `accept`. Undefined when no stream is acceptable. Some clients name streams with every request: what takes a plain answer as well
 * gets a stream for a subscription only.
 */
export function readStreamFormat(accept = ''): AcceptedStream | undefined {
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((range) => range.trim())
  const format = formatOf(ranges)
  return format && { format, takesJson: ranges.some((range) => json.test(range)) }
}

const json = /^(\*\/\*|application\/(\*|json|graphql-response\+json))\s*(;|$)/
const multipart = /^multipart\/mixed\s*;(.*;)?\s*subscriptionspec="?1\.0"?\s*(;|$)/

function formatOf(ranges: readonly string[]): StreamFormat | undefined {
  if (ranges.some((range) => /^text\/event-stream\s*(;|$)/.test(range))) return sseFormat
  return ranges.some((range) => multipart.test(range)) ? multipartFormat : undefined
}
