import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@tributary/runtime'
import type { Ledger } from '../ledger/openLedger.ts'

/** How often the end of an attempt is tried to be written; the waits in between add up to about 6 s. */
const maxTries = 6

/**
 * Writes what must not be lost only because the database was away for a moment: tries again after 200 ms, 400 ms and so on, unless the ledger is
 * stopped. Throws the last error; the attempt is then found to be lost and runs again. Fencing makes repeating safe.
 */
export async function untilWritten<Written>(
  { ledger, log }: { ledger: Pick<Ledger, 'stopped'>; log: Log },
  write: () => Promise<Written>,
): Promise<Written> {
  for (let tries = 1; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (tries === maxTries || ledger.stopped.aborted) throw error
      log.warn({ err: error }, 'the end of an attempt could not be written yet')
      await sleep(200 * 2 ** (tries - 1), undefined, { signal: ledger.stopped }).catch(() => Promise.reject(error))
    }
  }
}
