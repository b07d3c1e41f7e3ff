import type { Log, Running } from '@tributary/runtime'
import { leaseMs } from '../leaseMs.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import { warnSeldom } from '../warnSeldom.ts'
import type { Dispatch } from './Dispatch.ts'

/** How often to look, in milliseconds. */
const sweepEveryMs = 400

/** Every how many looks lost deliveries are looked for, too. */
const sweepsPerResend = 3

/** How long a due job may wait for a worker before its delivery is looked into, in milliseconds. */
const undeliveredAfterMs = 3_000

/** When a job is sent again even if the queue looks complete, in milliseconds. */
const resendAfterMs = 30_000

/**
 * Repairs what died on the way: ends attempts whose worker was lost, and sends jobs again whose delivery was. Runs in every process;
 * one at a time works. Sending again costs, so a job that waits is sent again only when the queue clearly holds fewer jobs than
 * are due, or after 30 s.
 */
export function startSweeper(options: { ledger: Ledger; dispatch: Dispatch; limits: ClaimLimits; log: Log }): Running {
  const { ledger, dispatch, limits, log } = options
  let sweeps = 0
  let sweeping: Promise<void> | undefined
  const warn = warnSeldom(log, 'jobs could not be swept')
  const timer = setInterval(() => {
    sweeping ??= ledger
      .oneAtATime(sweep)
      .catch(warn)
      .finally(() => {
        sweeping = undefined
      })
  }, sweepEveryMs)
  return {
    async stop() {
      clearInterval(timer)
      await sweeping
    },
  }

  async function sweep(): Promise<void> {
    const lost = await ledger.requeueLost(1_000, leaseMs)
    if (lost.length > 0) log.warn({ jobs: lost.length }, 'workers were lost, their jobs are queued again')
    const queued = lost.filter(({ status }) => status === 'QUEUED')
    await dispatch.send(queued.map(({ id, attempt }) => ({ id, attempt, resend: 0, delayMs: 0 })))

    if (sweeps++ % sweepsPerResend !== 0) return
    const due = await ledger.countDue(limits)
    if (due === 0) return
    const waiting = await dispatch.countWaiting()
    // The two are counted one after the other while both change: in a long queue a small difference means nothing.
    const isQueueIncomplete = due > waiting + Math.min(waiting, 100)
    const again = await ledger.takeUndelivered(
      isQueueIncomplete
        ? { ageMs: undeliveredAfterMs, limit: 1_000, limits }
        : { ageMs: resendAfterMs, limit: 100, limits },
    )
    await dispatch.send(again.map(({ id, attempt, resend }) => ({ id, attempt, resend, delayMs: 0 })))
  }
}
