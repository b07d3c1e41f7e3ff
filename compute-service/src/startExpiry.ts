import type { Log, Running } from '@tributary/runtime'
import type { Ledger } from './ledger/openLedger.ts'
import type { ResultStore } from './results/ResultStore.ts'
import { warnSeldom } from './warnSeldom.ts'

/** How often something is removed, at most how much of it, and how often a process looks whether it is its turn. */
const expireEveryMs = 5_000
const batchSize = 200

/**
 * Removes jobs that ended longer ago than `retentionMs`, with their events and results, in small batches.
 */
export function startExpiry(options: {
  ledger: Ledger
  results: ResultStore | undefined
  retentionMs: number
  log: Log
}): Running {
  const { ledger, results, retentionMs, log } = options
  const warn = warnSeldom(log, 'old jobs could not be removed')
  let expiring: Promise<void> | undefined
  const timer = setInterval(() => {
    expiring ??= expire()
      .catch(warn)
      .finally(() => {
        expiring = undefined
      })
  }, expireEveryMs)
  return {
    async stop() {
      clearInterval(timer)
      await expiring
    },
  }

  async function expire(): Promise<void> {
    if (!(await ledger.takeTurn({ chore: 'expire', everyMs: expireEveryMs - 500 }))) return
    const expired = await ledger.readExpired({ ageMs: retentionMs, limit: batchSize })
    // Files first: while the store is away the jobs stay, and with them the knowledge of their files.
    for (const { id, hasFiles } of expired) if (hasFiles) await results?.remove({ jobId: id })
    await ledger.removeExpired({ ids: expired.map(({ id }) => id), ageMs: retentionMs })
  }
}
