import type { Log, Running } from '@tributary/runtime'
import type { Dispatch } from '../dispatch/Dispatch.ts'
import type { JobEvents } from '../events/JobEvents.ts'
import type { JobKind } from '../kinds/JobKind.ts'
import { leaseMs } from '../leaseMs.ts'
import type { Attempt, Job, JobFile } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import { type AttemptFiles, createAttemptFiles } from '../results/createAttemptFiles.ts'
import { type ResultStore, resultFile, type StoredResult } from '../results/ResultStore.ts'
import { createProgressWriter } from './createProgressWriter.ts'
import type { Threads } from './openThreads.ts'
import { retryDelayMs } from './retryDelayMs.ts'
import type { TaskOutcome } from './ThreadMessage.ts'
import { untilWritten } from './untilWritten.ts'

/** Works off deliveries. */
export type Runner = Running & {
  /**
   * Runs whatever job the ledger says is next, and then the next, until it has none: a delivery too many, too early or too late does
   * nothing.
   */
  deliver(): Promise<void>
}

/** Why a task is told to stop. */
type StopReason = 'cancelled' | 'timeout' | 'lost' | 'stopping'

/** How an attempt ended, its result and files where they stay. */
type StoredOutcome =
  | { kind: 'succeeded'; result: string | StoredResult; files: readonly JobFile[] }
  | Extract<TaskOutcome, { kind: 'failed' }>
  | { kind: 'fencedOff' }

type RunningAttempt = Attempt & { stop(reason: StopReason): void }

/** The largest result that the ledger itself keeps, in bytes of JSON. */
const maxInlineBytes = 64 * 1024

/** How often a running attempt says that it is alive, in milliseconds: three times may fail before it is thought lost. */
const heartbeatEveryMs = leaseMs / 4

/** A {@link Runner}: claims, keeps the lease, writes progress and the end, all of it fenced by the attempt. */
export function createRunner(options: {
  ledger: Ledger
  dispatch: Dispatch
  events: JobEvents
  threads: Threads
  kinds: ReadonlyMap<string, JobKind>
  limits: ClaimLimits
  results: ResultStore | undefined
  log: Log
}): Runner {
  const { ledger, dispatch, events, threads, kinds, limits, results, log } = options
  /** An attempt that was lost may still be ending here while the next one runs. */
  const running = new Map<string, RunningAttempt>()
  const deliveries = new Set<Promise<void>>()
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
    deliver() {
      const delivery = workOn().finally(() => deliveries.delete(delivery))
      deliveries.add(delivery)
      return delivery
    },
    async stop() {
      isStopping = true
      unlisten()
      for (const attempt of running.values()) attempt.stop('stopping')
      await Promise.allSettled(deliveries)
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
    // Whatever is not claimed stays queued, and is sent to somebody else.
    while (!isStopping) {
      const claimed = await ledger.claimNext(leaseMs, limits)
      if (!claimed) return
      await work(claimed)
    }
  }

  async function work({ job, input }: { job: Job; input: unknown }): Promise<void> {
    const attempt: Attempt = { id: job.id, attempt: job.attempt }
    const kind = kinds.get(job.kind)
    const jobLog = log.child({ jobId: job.id, kind: job.kind, attempt: job.attempt })
    if (!kind) {
      const error = { code: 'JOB_FAILED', message: `The worker does not know the kind ${job.kind}` }
      await settle(job, await ledger.fail(attempt, { error, isRetryable: true, delayMs: delayMs(job, undefined) }))
      return
    }
    const files = results && createAttemptFiles({ attempt, ledger, results })
    try {
      const { outcome, reason } = await runAttempt({ job, kind, input, attempt })
      // Heartbeats go on until the end is written. The store first: a job that has succeeded has its result.
      const end = await storeResult(checkOutput(kind, outcome), files)
      await untilWritten(jobLog, () => writeEnd({ job, kind, attempt, end, reason, files, log: jobLog }))
    } finally {
      running.delete(keyOf(attempt))
    }
  }

  async function runAttempt(given: {
    job: Job
    kind: JobKind
    input: unknown
    attempt: Attempt
  }): Promise<{ outcome: TaskOutcome; reason: StopReason | undefined }> {
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
    const progress = createProgressWriter(async (newest) => {
      try {
        if (!(await ledger.writeProgress(attempt, newest))) stop('lost')
      } catch (error) {
        log.warn({ err: error, jobId: job.id }, 'progress could not be written')
      }
    })
    try {
      const outcome = await threads.run(
        { kind, input, job: { id: job.id, attempt: job.attempt, number: job.number } },
        { signal: abort.signal, onProgress: progress.put },
      )
      await progress.flush()
      return { outcome, reason }
    } finally {
      clearTimeout(timeout)
    }
  }

  async function storeResult(outcome: TaskOutcome, files: AttemptFiles | undefined): Promise<StoredOutcome> {
    if (outcome.kind === 'failed') return outcome
    const { resultJson } = outcome
    // Without a store the ledger keeps the result, and nobody the files.
    if (!files) return { kind: 'succeeded', result: resultJson, files: [] }
    const isInline = Buffer.byteLength(resultJson) <= maxInlineBytes
    const kept: JobFile[] = []
    try {
      const result = isInline ? resultJson : await files.put(resultFile, resultJson)
      if (!result) return { kind: 'fencedOff' }
      for (const { name, content } of outcome.files) {
        const stored = await files.put(name, content)
        if (!stored) return { kind: 'fencedOff' }
        kept.push({ name, ...stored })
      }
      return { kind: 'succeeded', result, files: kept }
    } catch (error) {
      const reason = { code: 'SERVICE_UNAVAILABLE', message: 'The result could not be stored' }
      return { kind: 'failed', error: reason, isRetryable: true, log: String(error) }
    }
  }

  async function writeEnd(given: {
    job: Job
    kind: JobKind
    attempt: Attempt
    end: StoredOutcome
    reason: StopReason | undefined
    files: AttemptFiles | undefined
    log: Log
  }): Promise<void> {
    const { job, kind, attempt, end, reason, files, log } = given
    if (end.kind === 'succeeded') {
      const after = await ledger.succeed(attempt, end.result, end.files)
      // An earlier try may have been written although its answer was lost.
      if (!after && !(await isWritten(attempt))) await discard(files, log)
      await settle(job, after)
      return
    }
    await discard(files, log)
    if (end.kind === 'fencedOff') return
    if (reason === 'lost') return
    if (reason === 'stopping') {
      await settle(job, await ledger.release(attempt))
      return
    }
    if (reason !== 'cancelled') log.warn({ reason, error: end.error, cause: end.log }, 'attempt failed')
    const timedOut = { code: 'JOB_TIMEOUT', message: `The attempt took longer than ${kind.timeoutMs} ms` }
    const failure = reason === 'timeout' ? { error: timedOut, isRetryable: true } : end
    const delay = delayMs(job, kind)
    await settle(
      job,
      await ledger.fail(attempt, { error: failure.error, isRetryable: failure.isRetryable, delayMs: delay }),
      delay,
    )
  }

  /** What is not removed now is removed with the job. */
  async function discard(files: AttemptFiles | undefined, log: Log): Promise<void> {
    await files?.discard().catch((error) => log.warn({ err: error }, 'files of an attempt could not be removed'))
  }

  async function isWritten({ id, attempt }: Attempt): Promise<boolean> {
    const job = await ledger.readJob(id)
    return job?.status === 'SUCCEEDED' && job.attempt === attempt
  }

  /** What the ledger made of the end: a job that is queued again is sent again. */
  async function settle(job: Job, after: Job | undefined, delay = 0): Promise<void> {
    if (!after) return log.warn({ jobId: job.id, attempt: job.attempt }, 'attempt was fenced off: it changed nothing')
    if (after.status !== 'QUEUED') return
    try {
      await dispatch.send([{ id: job.id, attempt: after.attempt, resend: 0, delayMs: delay }])
    } catch (error) {
      log.warn({ err: error, jobId: job.id }, 'the next attempt could not be sent: the sweeper will')
    }
  }
}

function keyOf({ id, attempt }: Attempt): string {
  return `${id} ${attempt}`
}

function delayMs(job: Job, kind: JobKind | undefined): number {
  return retryDelayMs({ attempt: job.attempt, baseMs: kind?.retryDelayMs ?? 1_000 })
}

function checkOutput(kind: JobKind, outcome: TaskOutcome): TaskOutcome {
  if (outcome.kind === 'failed') return outcome
  const parsed = kind.output.safeParse(JSON.parse(outcome.resultJson))
  if (parsed.success) return outcome
  const error = { code: 'JOB_FAILED', message: 'The result does not fit the schema of its kind' }
  return { kind: 'failed', error, isRetryable: false, log: parsed.error.message }
}
