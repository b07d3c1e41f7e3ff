import type { Log, Running } from '@tributary/runtime'
import type { Ledger } from './ledger/openLedger.ts'
import type { ResultStore } from './results/ResultStore.ts'
import { startChore } from './startChore.ts'
import { warnSeldom } from './warnSeldom.ts'

/** How often a process looks whether it is its turn, in milliseconds, and how much is removed at a time. */
const expireEveryMs = 5_000
const batchSize = 200

/** How many jobs' files may fail to be removed in one turn: the store is away, then. */
const maxFailures = 20

/**
 * Removes jobs that ended longer ago than `retentionMs`, with their events and results, in small batches, one after the other until none is left. A job whose
 * files cannot be removed now stays, and holds up no other.
 */
export function startExpiry(options: {
  ledger: Pick<Ledger, 'takeTurn' | 'readExpired' | 'removeExpired'>
  results: ResultStore | undefined
  retentionMs: number
  log: Log
  /** How often to look, 5 s by default. */
  everyMs?: number
}): Running {
  const { ledger, results, retentionMs, log, everyMs = expireEveryMs } = options
  const warn = warnSeldom(log, 'the files of an old job could not be removed')
  let isStopping = false
  const chore = startChore({ everyMs, work: expire, log, complaint: 'old jobs could not be removed' })
  return {
    async stop() {
      isStopping = true
      await chore.stop()
    },
  }

  async function expire(): Promise<void> {
    if (!(await ledger.takeTurn({ chore: 'expire', everyMs: everyMs * 0.9 }))) return
    let failures = 0
    for (let isMore = true; isMore && !isStopping; ) {
      const expired = await ledger.readExpired({ ageMs: retentionMs, limit: batchSize, skip: failures })
      const ids: string[] = []
      // Files first: while the store is away the jobs stay, and with them the knowledge of their files.
      for (const { id, hasFiles } of expired) {
        if (!hasFiles) ids.push(id)
        else if (!isStopping && failures < maxFailures && (await removeFiles(id))) ids.push(id)
        else failures++
      }
      await ledger.removeExpired({ ids, ageMs: retentionMs })
      isMore = expired.length === batchSize
    }
  }

  async function removeFiles(jobId: string): Promise<boolean> {
    try {
      await results?.remove({ jobId })
      return true
    } catch (error) {
      warn(error)
      return false
    }
  }
}
