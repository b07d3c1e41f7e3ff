import type { StreamFormat } from './StreamFormat.ts'

/**
 * GraphQL over Server-Sent Events, distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). A stream that ends without `complete` was cut: clients come again.
 */
export const sseFormat: StreamFormat = {
  door: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  heartbeatMs: 12_000,
  next: ({ text }) => sseEvent('next', text),
  complete: sseEvent('complete', ''),
  failed: (errors) => sseEvent('next', JSON.stringify({ errors })) + sseEvent('complete', ''),
  goAway: (_error, retryMs) => `retry: ${retryMs}\n\n`,
}

/** One event. `data` has no line break in it, as JSON has none. */
export function sseEvent(event: 'next' | 'complete', data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}
