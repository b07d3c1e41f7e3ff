import { deferFormat, incrementalSpecFormat } from './deferFormat.ts'
import { multipartFormat } from './multipartFormat.ts'
import type { StreamFormat } from './StreamFormat.ts'
import { sseFormat } from './sseFormat.ts'

/** What a client's `accept` header lets us stream with, and whether it takes a plain answer as well. */
export type AcceptedStream = {
  /** For a subscription, or for whatever is to be streamed: absent when the client takes but parts of an answer. */
  format: StreamFormat | undefined
  /** For an answer of which something is deferred; absent when it must come whole. */
  parts: StreamFormat | undefined
  takesJson: boolean
}

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
  const parts = partsFormatOf(ranges)
  return format || parts ? { format, parts, takesJson: ranges.some((range) => json.test(range)) } : undefined
}

const json = /^(\*\/\*|application\/(\*|json|graphql-response\+json))\s*(;|$)/
const multipart = /^multipart\/mixed\s*(;|$)/
const subscriptions = /;\s*subscriptionspec="?1\.0"?\s*(;|$)/
const incrementalSpec = /;\s*incrementalspec="?v0\.2"?\s*(;|$)/
/** A version that we do not speak, or another protocol in parts. */
const otherSpec = /;\s*(subscription|defer|incremental)spec=(?!"?20220824"?\s*(;|$))/

function formatOf(ranges: readonly string[]): StreamFormat | undefined {
  if (ranges.some((range) => /^text\/event-stream\s*(;|$)/.test(range))) return sseFormat
  const isMultipart = ranges.some((range) => multipart.test(range) && subscriptions.test(range))
  return isMultipart ? multipartFormat : undefined
}

/** `multipart/mixed` alone, which some clients send, is what was meant by it when there was no other. */
function partsFormatOf(ranges: readonly string[]): StreamFormat | undefined {
  const multiparts = ranges.filter((range) => multipart.test(range))
  if (multiparts.some((range) => !otherSpec.test(range))) return deferFormat
  return multiparts.some((range) => incrementalSpec.test(range)) ? incrementalSpecFormat : undefined
}
