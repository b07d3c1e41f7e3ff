import type { FunctionKind, JobKind } from '../../kinds/JobKind.ts'
import { maxResultBytesOf } from '../../kinds/maxResultBytesOf.ts'
import type { Attempt, Job } from '../../ledger/Job.ts'
import type { Ledger } from '../../ledger/openLedger.ts'
import { isSigned } from '../../signing/signMessage.ts'
import type { Ending } from '../createEnding.ts'
import type { TaskOutcome } from '../ThreadMessage.ts'
import { messageIdOf } from './callFunction.ts'
import { type Callback, readCallback } from './readCallback.ts'

/** What a report is answered with. 200: it counts, or is the same as one that did. 409: stop, nobody wants this attempt any more. */
export type CallbackAnswer = { status: number; body: { status?: string; error?: string } }

/** Takes the reports of functions, in any process: the ledger alone knows what they are worth. */
export type Callbacks = {
  /** How many bytes a report may have; undefined where no function is called so. */
  maxBytes(kindName: string): number | undefined
  take(report: {
    kindName: string
    attempt: Attempt
    headers: Record<string, string | string[] | undefined>
    body: string
  }): Promise<CallbackAnswer>
}

/** How large a report may be beside its output, in bytes. */
const envelopeBytes = 4 * 1024

/** {@link Callbacks}. */
export function createCallbacks(options: {
  ledger: Ledger
  ending: Ending
  kinds: ReadonlyMap<string, JobKind>
}): Callbacks {
  const { ledger, ending, kinds } = options
  return {
    maxBytes(kindName) {
      const kind = kinds.get(kindName)
      return kind?.endpoint && maxResultBytesOf(kind) + envelopeBytes
    },
    async take({ kindName, attempt, headers, body }) {
      const kind = kinds.get(kindName)
      const secret = kind?.endpoint?.secret
      if (!kind?.endpoint || secret === undefined) return { status: 404, body: { error: 'There is no such function' } }
      if (!isSigned({ headers, id: messageIdOf(attempt), body, secret })) {
        return { status: 401, body: { error: 'The signature does not fit, or is too old' } }
      }
      const read = readCallback(body)
      if (read.kind === 'wrong') return { status: 400, body: { error: read.reason } }
      const job = await ledger.readJob(attempt.id)
      if (!job || job.kind !== kindName) return { status: 404, body: { error: 'There is no such job' } }
      return takeSigned({ kind, job, attempt, callback: read.callback })
    },
  }

  async function takeSigned(options: {
    kind: FunctionKind
    job: Job
    attempt: Attempt
    callback: Callback
  }): Promise<CallbackAnswer> {
    const { kind, job, attempt, callback } = options
    if (!isUnderWay(job, attempt)) return answerLate(job, attempt, callback)
    if (callback.status === 'running') {
      const { progress: fraction, message = null } = callback
      const progress = fraction === undefined ? undefined : { fraction, message }
      const { reportWithinMs } = kind.endpoint
      const isTaken = await ledger.report(attempt, progress, { reportWithinMs, timeoutMs: kind.timeoutMs })
      return isTaken ? ok('RUNNING') : refuseNow(attempt, callback)
    }
    const outcome = toOutcome(callback)
    const { job: after } = await ending.end(job, kind, outcome)
    if (!after) return refuseNow(attempt, callback)
    if (callback.status === 'succeeded' && after.status !== 'SUCCEEDED') {
      return { status: 422, body: { status: after.status, error: after.error?.message ?? 'The job was cancelled' } }
    }
    return ok(after.status)
  }

  /** Somebody else was faster, between the look at the job and the write. */
  async function refuseNow(attempt: Attempt, callback: Callback): Promise<CallbackAnswer> {
    const job = await ledger.readJob(attempt.id)
    return job ? answerLate(job, attempt, callback) : stop(undefined)
  }
}

function isUnderWay(job: Job, { attempt }: Attempt): boolean {
  return job.status === 'RUNNING' && job.attempt === attempt
}

/** A report that comes twice has been heard; any other of an attempt that is over changes nothing. */
function answerLate(job: Job, { attempt }: Attempt, callback: Callback): CallbackAnswer {
  if (job.attempt !== attempt) return stop(job.status)
  const isSameEnd =
    callback.status === 'succeeded'
      ? job.status === 'SUCCEEDED'
      : callback.status === 'failed' && (job.status === 'FAILED' || job.status === 'QUEUED')
  return isSameEnd ? ok(job.status) : stop(job.status)
}

function ok(status: string): CallbackAnswer {
  return { status: 200, body: { status } }
}

function stop(status: string | undefined): CallbackAnswer {
  return {
    status: 409,
    body: { ...(status !== undefined && { status }), error: 'This attempt is over: stop working on it' },
  }
}

function toOutcome(callback: Exclude<Callback, { status: 'running' }>): TaskOutcome {
  switch (callback.status) {
    case 'succeeded':
      return { kind: 'succeeded', resultJson: JSON.stringify(callback.output), files: [] }
    case 'failed': {
      const { message = 'The function failed', isRetryable } = callback
      return { kind: 'failed', error: { code: 'JOB_FAILED', message }, isRetryable }
    }
    default:
      return callback satisfies never
  }
}
