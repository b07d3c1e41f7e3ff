import type { Log, Running } from '@tributary/runtime'
import type { Dispatch } from '../dispatch/Dispatch.ts'
import type { DeliveryData } from '../dispatch/queueBackend.ts'
import type { JobEvents } from '../events/JobEvents.ts'
import type { FunctionKind, JobKind } from '../kinds/JobKind.ts'
import { leaseMs } from '../leaseMs.ts'
import type { Attempt, Job } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { Claimed, ClaimTerms } from '../ledger/store/claim.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import type { Ending } from './createEnding.ts'
import { createProgressWriter } from './createProgressWriter.ts'
import { createStartWaker } from './createStartWaker.ts'
import { callFunction, type FunctionAnswer } from './functions/callFunction.ts'
import type { Canceller } from './functions/createCanceller.ts'
import { callbackPathOf } from './functions/serveCallback.ts'
import type { Threads } from './openThreads.ts'
import type { TaskOutcome } from './ThreadMessage.ts'
import { untilWritten } from './untilWritten.ts'

/** Works off deliveries. */
export type Runner = Running & {
  /**
   * Runs whatever job the ledger says is next, and then the next, until it has none: a delivery too many, too early or too late does
   * nothing.
   */
  deliver(delivery: DeliveryData): Promise<void>
}

/** Why a task is told to stop. */
type StopReason = 'cancelled' | 'timeout' | 'lost' | 'stopping'

type RunningAttempt = Attempt & { stop(reason: StopReason): void }

/** How many functions are asked at a time, beside the threads. */
const maxCalls = 64

/** How many jobs that were claimed here are remembered for the sake of their deliveries. */
const maxServed = 10_000

/** How long after it had no job the ledger is not asked again for a delivery whose job was claimed here, in milliseconds. */
const restMs = 10

/** How often a running attempt says that it is alive, in milliseconds: three times may fail before it is thought lost. */
const heartbeatEveryMs = leaseMs / 4

/** A {@link Runner}: claims, keeps the lease, writes progress and the end, all of it fenced by the attempt. */
export function createRunner(options: {
  ledger: Ledger
  dispatch: Dispatch
  ending: Ending
  events: JobEvents
  threads: Threads
  canceller: Canceller
  /** The base URL below which functions report. */
  callbacksUrl: string
  kinds: ReadonlyMap<string, JobKind>
  limits: ClaimLimits
  log: Log
}): Runner {
  const { ledger, dispatch, ending, events, threads, canceller, callbacksUrl, kinds, limits, log } = options
  const starts = createStartWaker({ ledger, dispatch, limits, log })
  /** An attempt that was lost may still be ending here while the next one runs. */
  const running = new Map<string, RunningAttempt>()
  const deliveries = new Set<Promise<void>>()
  /** Jobs whose function is being asked. They keep no thread, so the deliveries go on without them. */
  const calls = new Set<Promise<void>>()
  /** The deliveries of jobs that were claimed here. Behind a long queue they come one after the other, and would ask the ledger in vain. */
  const served = new Set<string>()
  /** Owners take turns. */
  let lastOwner: string | undefined
  let idleSince = Number.NEGATIVE_INFINITY
  let isStopping = false
  let beating: Promise<void> | undefined

  const unlisten = events.listen((message) => {
    if (message.kind !== 'cancelRequested') return
    for (const attempt of running.values()) if (attempt.id === message.id) attempt.stop('cancelled')
  })
  const heartbeat = setInterval(() => {
    beating ??= beat()
      .catch((error) => log.warn({ err: error }, 'heartbeat failed'))
      .finally(() => {
        beating = undefined
      })
  }, heartbeatEveryMs)

  return {
    async deliver(given) {
      const isServed = 'id' in given && served.delete(keyOf(given))
      // A job that was submitted behind them does not wait until they have all been looked through.
      if (isServed && performance.now() - idleSince < restMs) return
      const worked = 'kind' in given ? workOn().then(() => starts.wakeAgain(given)) : workOn()
      const delivery = worked.finally(() => deliveries.delete(delivery))
      deliveries.add(delivery)
      await delivery
    },
    async stop() {
      isStopping = true
      unlisten()
      for (const attempt of running.values()) attempt.stop('stopping')
      // Deliveries first: one that has just claimed a job still makes a call of it.
      await Promise.allSettled(deliveries)
      await Promise.allSettled(calls)
      clearInterval(heartbeat)
      await beating
    },
  }

  async function beat(): Promise<void> {
    const sent = [...running.values()]
    const alive = await ledger.heartbeat(sent, leaseMs)
    for (const attempt of sent) {
      const answer = alive.find(({ id, attempt: newest }) => id === attempt.id && newest === attempt.attempt)
      if (!answer) attempt.stop('lost')
      else if (answer.isCancelRequested) attempt.stop('cancelled')
    }
  }

  /** A job that ends may make room for another of its owner or kind whose delivery came too early. */
  async function workOn(): Promise<void> {
    let next: Claimed | undefined
    // Whatever is not claimed stays queued, and is sent to somebody else.
    for (let done = 0; next || !isStopping; done++) {
      const claimed = next ?? (await ledger.claimNext(leaseMs, limits, lastOwner))
      if (!claimed) {
        idleSince = performance.now()
        return
      }
      next = undefined
      noteClaimed(claimed.job)
      const woken = starts.wakeForNext(claimed.job.kind)
      if (kinds.get(claimed.job.kind)?.endpoint) {
        call(claimed)
        if (calls.size >= maxCalls) await Promise.race(calls)
      } else {
        // Behind a job that came after another one there is likely to be a third.
        next = await work(claimed, { mayClaim: done > 0 })
      }
      await woken
    }
  }

  function noteClaimed({ id, attempt, owner }: Job): void {
    lastOwner = owner
    served.add(keyOf({ id, attempt: attempt - 1 }))
    const [oldest] = served
    if (oldest !== undefined && served.size > maxServed) served.delete(oldest)
  }

  function call(claimed: Claimed): void {
    const call = work(claimed, { mayClaim: false })
      .then(() => undefined)
      .catch((error) => log.error({ err: error, jobId: claimed.job.id }, "a function's job could not be worked off"))
      .finally(() => calls.delete(call))
    calls.add(call)
  }

  /** Gives the next job, where it was claimed along with the end of this one. */
  async function work({ job, input }: Claimed, { mayClaim }: { mayClaim: boolean }): Promise<Claimed | undefined> {
    const attempt: Attempt = { id: job.id, attempt: job.attempt }
    const kind = kinds.get(job.kind)
    const jobLog = log.child({ jobId: job.id, kind: job.kind, attempt: job.attempt })
    if (!kind) {
      const error = { code: 'JOB_FAILED', message: `The worker does not know the kind ${job.kind}` }
      await ending.end(job, undefined, { kind: 'failed', error, isRetryable: true })
      return undefined
    }
    try {
      const { outcome, reason } = await runAttempt({ job, kind, input, attempt })
      // Heartbeats go on until the end is written.
      const claim = mayClaim && !isStopping ? { leaseMs, limits, lastOwner } : undefined
      const next = await writeEnd({ job, kind, outcome, reason, claim, log: jobLog })
      if (reason === 'cancelled' || reason === 'timeout') canceller.cancel(attempt, kind)
      return next
    } finally {
      running.delete(keyOf(attempt))
    }
  }

  async function runAttempt(given: {
    job: Job
    kind: JobKind
    input: unknown
    attempt: Attempt
  }): Promise<{ outcome: FunctionAnswer; reason: StopReason | undefined }> {
    const { job, kind, input, attempt } = given
    const abort = new AbortController()
    let reason: StopReason | undefined
    const stop = (why: StopReason) => {
      // The first reason counts, but an attempt that has been lost has nothing to say any more.
      if (reason === undefined || why === 'lost') reason = why
      abort.abort()
    }
    running.set(keyOf(attempt), { ...attempt, stop })
    if (job.isCancelRequested) stop('cancelled')
    if (isStopping) stop('stopping')
    const timeout = setTimeout(() => stop('timeout'), kind.timeoutMs)
    const { signal } = abort
    const progress = createProgressWriter(async (newest) => {
      try {
        if (!(await ledger.writeProgress(attempt, newest))) stop('lost')
      } catch (error) {
        log.warn({ err: error, jobId: job.id }, 'progress could not be written')
      }
    })
    try {
      if (kind.endpoint) {
        const { maxAttempts } = job
        const callbackUrl = callbacksUrl + callbackPathOf({ kindName: kind.name, ...attempt })
        return { outcome: await callFunction({ kind, input, attempt, maxAttempts, callbackUrl, signal }), reason }
      }
      const outcome = await threads.run(
        { kind, input, job: { id: job.id, attempt: job.attempt, number: job.number } },
        { signal, onProgress: progress.put },
      )
      await progress.flush()
      return { outcome, reason }
    } finally {
      clearTimeout(timeout)
    }
  }

  async function writeEnd(end: {
    job: Job
    kind: JobKind
    outcome: FunctionAnswer
    reason: StopReason | undefined
    claim: ClaimTerms | undefined
    log: Log
  }): Promise<Claimed | undefined> {
    const { job, kind, outcome, reason, claim } = end
    if (outcome.kind === 'succeeded') return keepOutput(job, kind, outcome, claim)
    if (outcome.kind === 'accepted') {
      if (kind.endpoint) await leaveToFunction(job, kind)
      return undefined
    }
    if (reason === 'lost') return undefined
    if (reason === 'stopping') {
      await ending.release(job)
      return undefined
    }
    if (reason !== 'cancelled') end.log.warn({ reason, error: outcome.error, cause: outcome.log }, 'attempt failed')
    const timedOut = { code: 'JOB_TIMEOUT', message: `The attempt took longer than ${kind.timeoutMs} ms` }
    const timeout: TaskOutcome = { kind: 'failed', error: timedOut, isRetryable: true }
    await ending.end(job, kind, reason === 'timeout' ? timeout : outcome)
    return undefined
  }

  async function keepOutput(
    job: Job,
    kind: JobKind,
    outcome: TaskOutcome,
    claim: ClaimTerms | undefined,
  ): Promise<Claimed | undefined> {
    try {
      return (await ending.end(job, kind, outcome, claim)).next
    } catch (error) {
      if (!isStopping) throw error
      log.warn({ err: error, jobId: job.id }, 'there was no time to store a result: its job is queued again')
      await ending.release(job)
      return undefined
    }
  }

  async function leaveToFunction(job: Job, kind: FunctionKind): Promise<void> {
    const attempt: Attempt = { id: job.id, attempt: job.attempt }
    const { endpoint, timeoutMs } = kind
    const terms = { reportWithinMs: endpoint.reportWithinMs, timeoutMs }
    if (await untilWritten({ ledger, log }, () => ledger.handOver(attempt, terms))) return
    // It was cancelled while it was handed over; where the function has ended it already, or the attempt was lost, this changes nothing.
    const error = { code: 'JOB_FAILED', message: 'The job was cancelled' }
    const failure = { error, isRetryable: false, delayMs: 0 }
    if (await untilWritten({ ledger, log }, () => ledger.fail(attempt, failure))) canceller.cancel(attempt, kind)
  }
}

function keyOf({ id, attempt }: Attempt): string {
  return `${id} ${attempt}`
}
