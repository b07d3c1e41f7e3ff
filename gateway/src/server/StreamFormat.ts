import type { GraphQLError } from 'graphql'
import type { StreamResult } from '../stream/EventStream.ts'

/** How the results of one operation are written into one HTTP response. */
export type StreamFormat = {
  door: 'sse' | 'multipart'
  contentType: string
  /** Written as soon as the response begins. */
  opening: string
  /** Written when nothing was for so long: whoever stands between keeps the connection, and the client knows that we are there. */
  heartbeat: string
  heartbeatMs: number
  next(result: StreamResult): string
  /** All has been said. */
  complete: string
  /** The operation could not begin, or what it reads from was lost: nothing more comes. */
  failed(errors: readonly GraphQLError[]): string
  /** This gateway ends the stream, which would have gone on: the client is to come again, after `retryMs`. */
  goAway(error: GraphQLError, retryMs: number): string
}
