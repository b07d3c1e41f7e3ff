import type { Identity } from '@tributary/runtime/identity'
import { type CancelSignal, neverCancelled } from './CancelSignal.ts'

/** What one client operation carries from the client's socket down to every subgraph request. */
export type RequestContext = {
  requestId: string
  /** Who asks, or undefined for an anonymous client. */
  identity: Identity | undefined
  /** Client headers that the settings let through to subgraphs, and `traceparent`; names in lower case. */
  headers: Record<string, string>
  /** Aborted when the client leaves or the request's deadline passes. */
  signal: CancelSignal
}

/** The context of what lives long: who asks is who it is by then, as its token may be renewed. A class, as there are tens of thousands. */
export class LivingContext implements RequestContext {
  readonly requestId: string
  readonly headers: Record<string, string>
  readonly signal: CancelSignal = neverCancelled
  readonly #who: () => Identity | undefined

  constructor({ requestId, headers }: Pick<RequestContext, 'requestId' | 'headers'>, who: () => Identity | undefined) {
    this.requestId = requestId
    this.headers = headers
    this.#who = who
  }

  get identity(): Identity | undefined {
    return this.#who()
  }
}

/** The context of a part of an operation that ends by a signal of its own, for whoever asks now. */
export function withSignal({ requestId, identity, headers }: RequestContext, signal: CancelSignal): RequestContext {
  return { requestId, identity, headers, signal }
}

/** Headers that say nothing of what is asked or who asks. */
export const ofOneRequest: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'x-request-id'])
