import type { Log } from '@tributary/runtime'
import type { Dispatch } from '../dispatch/Dispatch.ts'
import type { JobKind } from '../kinds/JobKind.ts'
import { maxResultBytesOf } from '../kinds/maxResultBytesOf.ts'
import type { Attempt, Job, JobFile } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { Success } from '../ledger/store/attemptWrites.ts'
import type { Claimed, ClaimTerms } from '../ledger/store/claim.ts'
import { type AttemptFiles, createAttemptFiles } from '../results/createAttemptFiles.ts'
import { type ResultStore, resultFile, type StoredResult } from '../results/ResultStore.ts'
import { resultTooLarge } from './resultTooLarge.ts'
import { retryDelayMs } from './retryDelayMs.ts'
import type { TaskOutcome } from './ThreadMessage.ts'
import { untilWritten } from './untilWritten.ts'

/**
 * Writes how attempts end, and tries again while the database is away. All of it is fenced: undefined, and nothing has changed, when the
 * attempt was not the newest one or had ended.
 */
export type Ending = {
  /**
   * Checks the output; a result goes to the result store first, where it is large. What may be tried again is queued and sent. With `claim`, an attempt that
   * succeeds may bring the next job, claimed along with its end. Rejects, having written nothing, when the store is stopped meanwhile.
   */
  end(job: Job, kind: JobKind | undefined, outcome: TaskOutcome, claim?: ClaimTerms): Promise<Ended>
  /** Queues the job again although nothing went wrong. */
  release(job: Job): Promise<Job | undefined>
}

/** The job as it is then. */
export type Ended = { job: Job | undefined; next?: Claimed | undefined }

/** How an attempt ended, its result and files where they stay. */
type StoredOutcome =
  | { kind: 'succeeded'; result: string | StoredResult; files: readonly JobFile[] }
  | Extract<TaskOutcome, { kind: 'failed' }>
  | { kind: 'fencedOff' }

/** The largest result that the ledger itself keeps, in bytes of JSON. */
const maxInlineBytes = 64 * 1024

/** An {@link Ending}. */
export function createEnding(options: {
  ledger: Ledger
  dispatch: Dispatch
  results: ResultStore | undefined
  log: Log
}): Ending {
  const { ledger, dispatch, results, log } = options
  return {
    async end(job, kind, given, claim) {
      const attempt: Attempt = { id: job.id, attempt: job.attempt }
      const files = results && createAttemptFiles({ attempt, ledger, results })
      // The store first: a job that has succeeded has its result.
      const outcome = await storeResult(kind ? checkOutput(kind, given) : given, files)
      if (outcome.kind !== 'succeeded') await discard(files)
      if (outcome.kind === 'fencedOff') return { job: undefined }
      const delayMs = retryDelayMs({ attempt: job.attempt, baseMs: kind?.retryDelayMs ?? 1_000 })
      const isElsewhere = kind?.endpoint !== undefined
      return untilWritten({ ledger, log }, async () => {
        if (outcome.kind === 'failed') {
          const { error, isRetryable } = outcome
          const after = await ledger.fail(attempt, { error, isRetryable, delayMs })
          return { job: await settle(job, after, { delayMs, isElsewhere }) }
        }
        const { after, next } = await succeed({ attempt, ...outcome }, claim)
        // An earlier try may have been written although its answer was lost.
        const removal = !after && !(await isWritten(attempt)) && discard(files)
        // The next job's lease runs already.
        if (!next) await removal
        return { job: await settle(job, after, { isElsewhere }), next }
      })
    },
    async release(job) {
      const attempt: Attempt = { id: job.id, attempt: job.attempt }
      return untilWritten({ ledger, log }, async () => settle(job, await ledger.release(attempt)))
    },
  }

  async function succeed(
    { attempt, result, files }: Success,
    claim: ClaimTerms | undefined,
  ): Promise<{ after: Job | undefined; next?: Claimed | undefined }> {
    if (!claim) return { after: await ledger.succeed(attempt, result, files) }
    const { job, next } = await ledger.succeedAndClaim({ attempt, result, files }, claim)
    return { after: job, next }
  }

  /** What is not removed now is removed with the job. */
  async function discard(files: AttemptFiles | undefined): Promise<void> {
    await files?.discard().catch((error) => log.warn({ err: error }, 'files of an attempt could not be removed'))
  }

  async function isWritten({ id, attempt }: Attempt): Promise<boolean> {
    const job = await ledger.readJob(id)
    return job?.status === 'SUCCEEDED' && job.attempt === attempt
  }

  /** What the ledger made of the end: a job that is queued again is sent again. */
  async function settle(
    job: Job,
    after: Job | undefined,
    { delayMs = 0, isElsewhere = false } = {},
  ): Promise<Job | undefined> {
    if (!after) log.warn({ jobId: job.id, attempt: job.attempt }, 'attempt was fenced off: it changed nothing')
    // What a worker does not work off itself makes room for others without it: this delivery wakes one.
    if (!after || (after.status !== 'QUEUED' && !isElsewhere)) return after
    try {
      await dispatch.send([{ id: job.id, attempt: after.attempt, resend: 0, delayMs }])
    } catch (error) {
      log.warn({ err: error, jobId: job.id }, 'a delivery could not be sent: the sweeper will')
    }
    return after
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
    if (error instanceof Error && error.name === 'AbortError') throw error
    const reason = { code: 'SERVICE_UNAVAILABLE', message: 'The result could not be stored' }
    return { kind: 'failed', error: reason, isRetryable: true, log: String(error) }
  }
}

function checkOutput(kind: JobKind, outcome: TaskOutcome): TaskOutcome {
  if (outcome.kind === 'failed') return outcome
  const [bytes, maxBytes] = [Buffer.byteLength(outcome.resultJson), maxResultBytesOf(kind)]
  if (bytes > maxBytes) return { kind: 'failed', error: resultTooLarge(bytes, maxBytes), isRetryable: false }
  const parsed = kind.output.safeParse(JSON.parse(outcome.resultJson))
  if (parsed.success) return outcome
  const error = { code: 'JOB_FAILED', message: 'The result does not fit the schema of its kind' }
  return { kind: 'failed', error, isRetryable: false, log: parsed.error.message }
}
