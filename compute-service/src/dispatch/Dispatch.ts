import type { Running } from '@tributary/runtime'

/**
 * What is sent to workers: which job is due. `attempt` is how many it has had, `resend` how often it was sent again. Where `resend` is below 0 somebody is to
 * be woken for the next job of a kind with a rate: then `id` is the kind's name, and `attempt` the start that is due, see `Ledger.readNextStart`. A delivery
 * with the same three is queued once.
 */
export type Delivery = { id: string; attempt: number; resend: number; delayMs: number }

/** Moves job ids to workers. May lose or repeat them: the ledger decides what a delivery is worth. */
export type Dispatch = Running & {
  /** Rejects when the queue cannot be reached in time. */
  send(deliveries: readonly Delivery[]): Promise<void>
  /** How many deliveries are due that no worker has taken yet. */
  countWaiting(): Promise<number>
}

/** What takes deliveries: calls `deliver` with each, at most `concurrency` at a time. `stop` waits for those in hand. */
export type Consumer = Running
