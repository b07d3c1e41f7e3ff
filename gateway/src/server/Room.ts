import type { IncomingHttpHeaders } from 'node:http'
import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import type { CancelSignal } from '../executor/CancelSignal.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { Transport } from '../executor/Transport.ts'
import type { Authenticate } from '../identity/createAuthenticator.ts'
import type { OnTokenEnd } from '../identity/createTokenWatch.ts'
import type { Streams } from '../stream/createStreams.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { StreamQuota } from './streamQuota.ts'

/** What the doors to clients (HTTP, WebSocket) share: whoever comes in by any of them stands in the same room. */
export type Room = {
  /** The newest graph. Taken once an operation: what runs on a generation ends on it. */
  current(): Generation
  /** How a generation reaches its subgraphs, where they are for it. */
  transportOf(generation: Generation): Transport
  /** Keeps that way open for a stream, until the function that it gives is called. */
  holdTransport(generation: Generation): () => void
  /** Opens operations as streams, for all doors that send streams. */
  openStream: Streams['open']
  /**
   * Who the `Authorization` header, or the field of that name in `connection_init`'s payload, names: undefined for an anonymous
   * client. At once for a token that is known, else by a promise, which rejects with an `UNAUTHENTICATED` `codedError` for one that is
   * malformed, forged or expired.
   */
  authenticate: Authenticate
  /** When the token of an identity that `authenticate` gave ends: streams end with it. */
  onTokenEnd: OnTokenEnd
  /** What goes with one operation: a request id, and the headers that subgraphs get, with a trace context that is always valid. */
  createContext(request: ClientRequest): RequestContext
  /** Whether a page of this origin may read answers and open sockets. A client that names no origin is no page: true. */
  allowsOrigin(origin: string | undefined, host: string | undefined): boolean
  /** Writes the one line of an operation, however it came and ended. */
  logOperation(entry: OperationLogEntry): void
  log: Log
  /** Bounds the subscriptions of all doors together. */
  streams: StreamQuota
  limits: RoomLimits
  /** True from the moment that stopping begins: nothing new is let in. */
  isDraining(): boolean
}

export type RoomLimits = {
  /** The largest HTTP body or WebSocket message of a client, in bytes. */
  maxBodyBytes: number
  /** Whether other processes share our port: then two connections of a client need not meet in one. */
  hasSiblings?: boolean
  /** How many operations may run at a time over HTTP. No bound when absent. */
  maxConcurrentOperations?: number
  /** How long a query or a mutation may take. It does not bound subscriptions. */
  operationTimeoutMs: number
}

export type ClientRequest = {
  /** As node:http gives them: names in lower case. For a socket those of its upgrade, with what `connection_init` adds. */
  headers: IncomingHttpHeaders
  identity: Identity | undefined
  signal: CancelSignal
}

export type OperationLogEntry = {
  requestId: string
  /** How the operation came. */
  door: 'http' | 'websocket' | 'sse' | 'multipart'
  operationName: string | undefined
  durationMs: number
  /** The HTTP status; 499 when the client left before the answer; for a socket 200, or the status HTTP would have had. */
  status: number
  /** `extensions.code` of the errors that the client got. */
  errorCodes?: readonly string[]
  /** For a subscription: how many events were sent. */
  events?: number
  /** For an answer of which something was deferred: in how many parts it was sent. */
  parts?: number
}
