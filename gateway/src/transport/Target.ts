import type { Origin } from './Origin.ts'

/** One subgraph, as the transport knows it. */
export type Target = {
  name: string
  origin: Origin
  timeoutMs: number
  /** How many requests are under way or wait for a connection. */
  pending: number
}
