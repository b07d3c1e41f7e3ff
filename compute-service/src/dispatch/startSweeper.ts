import type { Log, Running } from '@tributary/runtime'
import { leaseMs } from '../leaseMs.ts'
import type { Job } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import { warnSeldom } from '../warnSeldom.ts'
import type { Dispatch } from './Dispatch.ts'

/** How often each process looks whether it is its turn, in milliseconds. */
const lookEveryMs = 250

/** How often attempts that were lost are looked for, and how often deliveries, in milliseconds. */
const requeueEveryMs = 200
const resendEveryMs = 1_000

/** How long a due job may wait for a worker before its delivery is looked into, in milliseconds. */
const undeliveredAfterMs = 3_000

/** When a job is sent again even if the queue looks complete, in milliseconds. */
const resendAfterMs = 30_000

/**
 * Repairs what died on the way: ends attempts whose worker was lost, and sends jobs again whose delivery was. Runs in every process;
 * they take turns. Sending again costs, so a job that waits is sent again only when the queue clearly holds fewer jobs than
 * are due, or after 30 s.
 */
export function startSweeper(options: {
  ledger: Ledger
  dispatch: Dispatch
  limits: ClaimLimits
  log: Log
  /** Told of attempts whose function has not reported in time. */
  onSilent(job: Job): void
}): Running {
  const { ledger, dispatch, limits, log, onSilent } = options
  let sweeping: Promise<void> | undefined
  const warn = warnSeldom(log, 'jobs could not be swept')
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch(warn)
      .finally(() => {
        sweeping = undefined
      })
  }, lookEveryMs)
  return {
    async stop() {
      clearInterval(timer)
      await sweeping
    },
  }

  async function sweep(): Promise<void> {
    if (await ledger.takeTurn({ chore: 'requeue', everyMs: requeueEveryMs })) await requeue()
    if (await ledger.takeTurn({ chore: 'resend', everyMs: resendEveryMs })) await resend()
  }

  async function requeue(): Promise<void> {
    const lost = await ledger.requeueLost(1_000, leaseMs)
    if (lost.length > 0) log.warn({ jobs: lost.length }, 'workers were lost, their jobs are queued again')
    for (const job of lost) if (job.isHandedOver) onSilent(job)
    await ledger.endOverdue(1_000)
    const queued = lost.filter(({ status }) => status === 'QUEUED')
    await dispatch.send(
      queued.map(({ id, attempt, runAt }) => ({
        id,
        attempt,
        resend: 0,
        delayMs: Math.max(0, Date.parse(runAt) - Date.now()),
      })),
    )
  }

  async function resend(): Promise<void> {
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
