import { createStopStack, type Log, type Running } from '@tributary/runtime'
import { leaseMs } from '../leaseMs.ts'
import type { Job } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import { startChore } from '../startChore.ts'
import { warnSeldom } from '../warnSeldom.ts'
import type { Dispatch } from './Dispatch.ts'

/** How often each process looks whether it is its turn, in milliseconds. */
const lookEveryMs = 250

/** How often attempts that were lost are looked for, and how often deliveries, in milliseconds. */
const requeueEveryMs = 200
const resendEveryMs = 1_000

/**
 * How long a due job may wait for a worker before its delivery is looked into, in milliseconds. With the wait for the next look and for its turn, 1.25 s at
 * the most, a delivery that was lost is repeated within 5 s.
 */
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
  const complaint = 'jobs could not be swept'
  const stack = createStopStack()
  const warn = warnSeldom(log, complaint)
  /** What was lost and is being sent again. Each takes 2 s at the most, so these are a few. */
  const sending = new Set<Promise<void>>()
  stack.add({ stop: async () => void (await Promise.all(sending)) })
  // Apart from each other: a queue that hangs holds up what is sent again, not those whose worker was lost.
  stack.add(startChore({ everyMs: lookEveryMs, work: requeue, log, complaint }))
  stack.add(startChore({ everyMs: lookEveryMs, work: resend, log, complaint }))
  return stack

  async function requeue(): Promise<void> {
    if (!(await ledger.takeTurn({ chore: 'requeue', everyMs: requeueEveryMs }))) return
    const lost = await ledger.requeueLost(1_000, leaseMs)
    if (lost.length > 0) log.warn({ jobs: lost.length }, 'workers were lost, their jobs are queued again')
    for (const job of lost) if (job.isHandedOver) onSilent(job)
    await ledger.endOverdue(1_000)
    const queued = lost.filter(({ status }) => status === 'QUEUED')
    if (queued.length === 0) return
    const deliveries = queued.map(({ id, attempt, runAt }) => {
      return { id, attempt, resend: 0, delayMs: Math.max(0, Date.parse(runAt) - Date.now()) }
    })
    // Whoever is lost next does not wait for the queue.
    const sent = dispatch
      .send(deliveries)
      .catch(warn)
      .finally(() => sending.delete(sent))
    sending.add(sent)
  }

  async function resend(): Promise<void> {
    if (!(await ledger.takeTurn({ chore: 'resend', everyMs: resendEveryMs }))) return
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
