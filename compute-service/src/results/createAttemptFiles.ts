import type { Attempt } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { ResultStore, StoredResult } from './ResultStore.ts'

/** What one attempt puts into the result store. */
export type AttemptFiles = {
  /** See `ResultStore.put`. Undefined, writing nothing, when the attempt has been fenced off. Throws above the bound of files. */
  put(file: string, content: string | Uint8Array): Promise<StoredResult | undefined>
  /** Removes what was put: the attempt did not succeed. */
  discard(): Promise<void>
}

/** How many files an attempt may put. */
const maxFiles = 16

/** {@link AttemptFiles}, each known to the ledger before it is there: whatever dies in between, expiry finds it. */
export function createAttemptFiles({
  attempt: { id: jobId, attempt },
  ledger,
  results,
}: {
  attempt: Attempt
  ledger: Pick<Ledger, 'noteFiles'>
  results: ResultStore
}): AttemptFiles {
  const files = new Set<string>()
  return {
    async put(file, content) {
      if (files.size === maxFiles && !files.has(file)) throw new Error(`Expected at most ${maxFiles} files`)
      if (files.size === 0 && !(await ledger.noteFiles({ id: jobId, attempt }))) return undefined
      files.add(file)
      return results.put({ jobId, attempt, file }, content)
    },
    async discard() {
      if (files.size > 0) await results.remove({ jobId, attempt })
    },
  }
}
