import { createStopStack, type Running } from '@tributary/runtime'
import { codedError } from '@tributary/schema'
import type { JobUpdate } from './follow/JobUpdate.ts'
import { type Followers, openFollowers } from './follow/openFollowers.ts'
import type { JobKind } from './kinds/JobKind.ts'
import { readSubmission, type SubmitRequest } from './kinds/readSubmission.ts'
import type { Job } from './ledger/Job.ts'
import type { Ledger } from './ledger/openLedger.ts'
import { openStores, type StoreOptions } from './openStores.ts'
import { type ResultStore, resultFile } from './results/ResultStore.ts'
import { readResults } from './results/readResults.ts'
import { type Callbacks, createCallbacks } from './runners/functions/createCallbacks.ts'
import { createTargetPolicy, type TargetPolicyOptions } from './webhooks/createTargetPolicy.ts'
import { webhookSecretOf } from './webhooks/webhookSecretOf.ts'

/** Jobs, for whoever submits and follows them. Knows no identities: the caller checks who owns what. */
export type Compute = Running &
  Pick<Ledger, 'readJob' | 'readJobs' | 'readInputs' | 'readWebhooks' | 'listJobs' | 'countJobs' | 'isReady'> & {
    kinds: ReadonlyMap<string, JobKind>
    /**
     * Writes the job to the ledger and sends it to a worker; gives the earlier job when the owner's idempotency key says that it is the
     * same. Throws `BAD_USER_INPUT`, `JOB_PAYLOAD_TOO_LARGE`, `URL_NOT_ALLOWED` and `IDEMPOTENCY_KEY_CONFLICT`.
     */
    submit(request: SubmitRequest): Promise<Job>
    /** What jobs gave. `value` is undefined where it is too large to be read as a whole: see `downloadUrl`. */
    readResults(jobs: readonly Job[]): Promise<{ id: string; value: unknown }[]>
    /**
     * A URL that gives a file of the job's last attempt to anybody for that long, its stored result where none is named; undefined where files are
     * not served.
     */
    downloadUrl(
      job: Pick<Job, 'id' | 'attempt'>,
      options: { file?: string; forMs: number },
    ): Promise<string | undefined>
    /** Where results lie that are too large for the ledger. */
    results: ResultStore | undefined
    /** What the webhooks of a user are signed with; undefined where none are sent. */
    webhookSecretOf(owner: string): string | undefined
    /** Takes what functions report. */
    callbacks: Callbacks
    /** Cancels, and gives the job as it is then: a running one may end a little later. Undefined when there is none. */
    cancel(id: string): Promise<Job | undefined>
    /** Queues a dead-lettered job again, with as many attempts as its kind has; any other stays as it is. Undefined when there is none. */
    retry(id: string): Promise<Job | undefined>
    /** See `Followers.follow`. */
    followJob(id: string, options?: { after?: number | undefined }): AsyncIterableIterator<JobUpdate>
    /** The job once it has ended, or as it is after `waitMs`. Throws `NOT_FOUND`. */
    waitForEnd(id: string, waitMs: number): Promise<Job>
    /**
     * To be called when a server in front of it begins to stop, which requests would hold up: lets everyone go who waits for an end, now and from now on,
     * and some seconds later whoever waits for a store that hangs.
     */
    beginStop(): void
    /** How many follow in this process, and how many jobs. */
    followerCounts: Followers['counts']
  }

/** Opens the client's side of the compute service. It runs no jobs: see `startWorkers`. */
export async function openCompute(
  options: StoreOptions & {
    /** What webhooks are signed with, as the workers have it; without it none can be asked for. */
    webhookSecret?: string | undefined
    /** Where webhooks may go, as the workers have it. */
    webhookTargets?: TargetPolicyOptions | undefined
  },
): Promise<Compute> {
  const { log, webhookSecret } = options
  const targets = createTargetPolicy(options.webhookTargets)
  const stack = createStopStack()
  const stores = stack.add(await openStores({ ...options, hears: ['changed'] }))
  const { ledger, dispatch, events, kinds, results, canceller, ending } = stores
  const followers = stack.add(openFollowers({ ledger, events, log }))
  const waits = new Set<() => void>()
  let isWaitingOver = false

  return {
    kinds,
    readJob: ledger.readJob,
    readJobs: ledger.readJobs,
    readInputs: ledger.readInputs,
    readWebhooks: ledger.readWebhooks,
    readResults: (jobs) => readResults({ jobs, ledger, results }),
    results,
    downloadUrl: async ({ id: jobId, attempt }, { file = resultFile, forMs }) =>
      results?.downloadUrl({ jobId, attempt, file }, new Date(Date.now() + forMs)),
    webhookSecretOf: (owner) => (webhookSecret === undefined ? undefined : webhookSecretOf(owner, webhookSecret)),
    callbacks: createCallbacks({ ledger, ending, kinds }),
    listJobs: ledger.listJobs,
    countJobs: ledger.countJobs,
    isReady: ledger.isReady,
    followJob: followers.follow,
    followerCounts: followers.counts,
    async submit(request) {
      const submission = readSubmission(request, kinds)
      const webhookUrl = await readWebhookUrl(request.webhookUrl)
      const submitted = await ledger.submit({ ...submission, webhookUrl })
      if (submitted.kind === 'conflict') {
        throw codedError('IDEMPOTENCY_KEY_CONFLICT', 'This idempotency key was used for another kind or input')
      }
      if (submitted.kind === 'created') await send(submitted.job)
      return submitted.job
    },
    async cancel(id) {
      const cancellation = await ledger.cancel(id)
      if (cancellation?.kind === 'ended' && cancellation.job.isHandedOver) {
        canceller.cancel(cancellation.job, kinds.get(cancellation.job.kind))
        // No worker ended it, so none goes on with what waited for its place: this delivery wakes one.
        await send(cancellation.job)
      }
      return cancellation?.job
    },
    async retry(id) {
      const job = await ledger.readJob(id)
      if (!job) return undefined
      const kind = kinds.get(job.kind)
      const revival = await ledger.retry(id, kind?.maxAttempts ?? 1, kind?.jobTimeoutMs)
      if (revival?.kind === 'revived') await send(revival.job)
      return revival?.job
    },
    async waitForEnd(id, waitMs) {
      const updates = followers.follow(id)
      const end = () => void updates.return?.()
      const timer = setTimeout(end, waitMs)
      waits.add(end)
      if (isWaitingOver) end()
      let job: Job | undefined
      try {
        for await (const update of updates) job = update.job
      } finally {
        clearTimeout(timer)
        waits.delete(end)
      }
      job ??= await ledger.readJob(id)
      if (!job) throw codedError('NOT_FOUND', `There is no job ${id}`)
      return job
    },
    beginStop() {
      stores.boundStop()
      isWaitingOver = true
      for (const end of waits) end()
    },
    stop: stack.stop,
  }

  async function readWebhookUrl(url: string | null | undefined): Promise<string | undefined> {
    if (url === null || url === undefined) return undefined
    if (webhookSecret === undefined) {
      throw codedError('BAD_USER_INPUT', '`webhookUrl`: webhooks are not sent here, for want of a secret to sign them')
    }
    return (await targets.check(url)).href
  }

  async function send(job: Job): Promise<void> {
    try {
      await dispatch.send([
        { id: job.id, attempt: job.attempt, resend: 0, delayMs: Math.max(0, Date.parse(job.runAt) - Date.now()) },
      ])
    } catch (error) {
      // The job is in the ledger, so it will run: the sweeper sends it again.
      log.warn({ err: error, jobId: job.id }, 'a job could not be sent to the workers yet')
    }
  }
}
