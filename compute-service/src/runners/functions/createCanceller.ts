import type { Log, Running } from '@tributary/runtime'
import type { FunctionKind, JobKind } from '../../kinds/JobKind.ts'
import type { Attempt } from '../../ledger/Job.ts'
import { sendForStatus } from '../../signing/sendForStatus.ts'
import { functionHeaders } from './callFunction.ts'

/** Tells functions that nobody wants an attempt any more. `stop` waits for those that are being told. */
export type Canceller = Running & {
  /**
   * Sends the kind's function, if it has one, a signed `DELETE` without a body, once, and does not wait. A function that does not get it
   * learns the same from the answer to its next report.
   */
  cancel(attempt: Attempt, kind: JobKind | undefined): void
}

/** How many are told at a time; those beyond are not told. */
const maxCancels = 50

/** How long telling one may take, in milliseconds. */
const timeoutMs = 3_000

/** A {@link Canceller}. */
export function createCanceller({ log }: { log: Log }): Canceller {
  const cancels = new Set<Promise<void>>()
  return {
    cancel({ id, attempt }, kind) {
      if (!kind?.endpoint || cancels.size >= maxCancels) return
      const cancel = tell({ id, attempt }, kind)
        .catch((error) => log.warn({ err: error, jobId: id, attempt }, 'a function could not be told to stop'))
        .finally(() => cancels.delete(cancel))
      cancels.add(cancel)
    },
    async stop() {
      await Promise.allSettled(cancels)
    },
  }
}

async function tell(attempt: Attempt, { endpoint: { url, secret } }: FunctionKind): Promise<void> {
  await sendForStatus(url, {
    method: 'DELETE',
    headers: functionHeaders(attempt, '', secret),
    timeout: { request: timeoutMs },
  })
}
