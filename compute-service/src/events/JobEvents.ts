import type { Running } from '@tributary/runtime'
import type { JobMessage } from './JobMessage.ts'

/** Carries {@link JobMessage}s between all processes of one ledger. A message may be lost, never invented. */
export type JobEvents = Running & {
  /** Rejects when the message could not be handed over. */
  publish(message: JobMessage): Promise<void>
  /**
   * Calls the listener with every message of the kinds that were asked for from now on, those of this process included, until the function it gives is
   * called.
   */
  listen(listener: (message: JobMessage) => void): () => void
}
