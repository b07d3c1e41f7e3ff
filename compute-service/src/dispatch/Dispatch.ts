import type { Running } from '@tributary/runtime'

/** What is sent to workers, and when. The same one is queued once. */
export type Delivery = (JobDelivery | StartDelivery) & { delayMs: number }

/** A job is due. `attempt` is how many it has had, `resend` how often it was sent again. */
export type JobDelivery = { id: string; attempt: number; resend: number }

/** The next job of a kind with a rate may start. `start` says which one is due, see `Ledger.readNextStart`, `tries` how often somebody was woken for it before. */
export type StartDelivery = { kind: string; start: number; tries: number }

/** Moves deliveries to workers. May lose or repeat them: the ledger decides what a delivery is worth. */
export type Dispatch = Running & {
  /** Rejects when the queue cannot be reached in time. */
  send(deliveries: readonly Delivery[]): Promise<void>
  /** How many deliveries are due that no worker has taken yet. */
  countWaiting(): Promise<number>
}

/** What takes deliveries: calls `deliver` with each, at most `concurrency` at a time. `stop` waits for those in hand. */
export type Consumer = Running
