import type { Identity } from '@tributary/runtime/identity'
import type { CancelSignal } from './CancelSignal.ts'

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

/** Headers that say nothing of what is asked or who asks. */
export const ofOneRequest: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'x-request-id'])
