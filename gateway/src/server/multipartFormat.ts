import type { StreamFormat } from './StreamFormat.ts'

/**
 * Apollo's multipart protocol for subscriptions
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). Each part is followed by the next
 * boundary at once: clients wait for it before they read the part.
 */
export const multipartFormat: StreamFormat = {
  door: 'multipart',
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  opening: '\r\n--graphql',
  heartbeat: part('{}'),
  heartbeatMs: 5_000,
  next: ({ text }) => part(`{"payload":${text}}`),
  complete: '--\r\n',
  failed: (errors) => `${part(JSON.stringify({ payload: { errors } }))}--\r\n`,
  goAway(error, retryMs) {
    const { message, extensions } = error
    const errors = [{ message, extensions: { ...extensions, retryAfterMs: retryMs } }]
    return `${part(JSON.stringify({ payload: null, errors }))}--\r\n`
  },
}

function part(body: string): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${body}\r\n--graphql`
}
