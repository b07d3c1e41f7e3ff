import type { Log, Running } from '@tributary/runtime'
import { migrate, openDatabase } from '@tributary/runtime/database'
import type { JobEvents } from '../events/JobEvents.ts'
import type { JobMessage } from '../events/JobMessage.ts'
import type { StoredResult } from '../results/ResultStore.ts'
import { warnSeldom } from '../warnSeldom.ts'
import type { Attempt, Job, JobError, JobEvent, JobFile, JobProgress } from './Job.ts'
import { ledgerMigrations } from './migrations.ts'
import * as attemptWrites from './store/attemptWrites.ts'
import { type Cancellation, cancel } from './store/cancel.ts'
import { type Claimed, type ClaimTerms, claim, claimNext, type NextStart, readNextStart } from './store/claim.ts'
import type { ClaimLimits } from './store/claimLimits.ts'
import { type HandOver, handOver, report } from './store/handOver.ts'
import * as reads from './store/reads.ts'
import { type Revival, retry } from './store/retry.ts'
import { type Submission, type Submitted, submit } from './store/submit.ts'
import * as sweeps from './store/sweeps.ts'
import {
  type DueWebhook,
  noteWebhook,
  readWebhooks,
  type TakeWebhooks,
  takeWebhooks,
  type Webhook,
} from './store/webhooks.ts'
import type { LedgerTables } from './tables.ts'

/**
 * The truth about jobs. Each operation is one transaction: state, event and `seq` change together or not at all. Those of an
 * attempt give the job as it is then, or undefined, and change nothing, when the attempt is not the newest one or has ended.
 */
export type Ledger = Running & {
  submit(submission: Submission): Promise<Submitted>
  cancel(id: string): Promise<Cancellation | undefined>
  retry(id: string, moreAttempts: number, timeoutMs?: number): Promise<Revival | undefined>
  /** One job, whatever the limits. */
  claim(id: string, leaseMs: number): Promise<Claimed | undefined>
  /** The job that is next. Owners take turns: `lastOwner` is whose it was last. */
  claimNext(leaseMs: number, limits: ClaimLimits, lastOwner?: string): Promise<Claimed | undefined>
  /** When the next job of a kind with a rate may start; undefined while none has started. */
  readNextStart(kind: string): Promise<NextStart | undefined>
  heartbeat(attempts: readonly Attempt[], leaseMs: number): Promise<(Attempt & { isCancelRequested: boolean })[]>
  writeProgress(attempt: Attempt, progress: JobProgress): Promise<Job | undefined>
  noteFiles(attempt: Attempt): Promise<boolean>
  succeed(attempt: Attempt, result: string | StoredResult, files?: readonly JobFile[]): Promise<Job | undefined>
  /** Both at once, for the price of one; claims whether or not the attempt can still succeed. Without a next job, look again: one may have come. */
  succeedAndClaim(
    success: attemptWrites.Success,
    terms: ClaimTerms,
  ): Promise<{ job: Job | undefined; next: Claimed | undefined }>
  fail(attempt: Attempt, failure: { error: JobError; isRetryable: boolean; delayMs: number }): Promise<Job | undefined>
  release(attempt: Attempt): Promise<Job | undefined>
  /** Leaves the attempt to a function. False when it is not the newest one, has ended or shall be cancelled, and for {@link report}, too. */
  handOver(attempt: Attempt, terms: HandOver): Promise<boolean>
  report(attempt: Attempt, progress: JobProgress | undefined, terms: HandOver): Promise<boolean>
  requeueLost(limit: number, graceMs?: number): Promise<Job[]>
  endOverdue(limit: number): Promise<Job[]>
  countDue(limits: ClaimLimits): Promise<number>
  takeUndelivered(options: { ageMs: number; limit: number; limits: ClaimLimits }): Promise<sweeps.Undelivered[]>
  readExpired(options: Parameters<typeof sweeps.readExpired>[1]): ReturnType<typeof sweeps.readExpired>
  removeExpired(which: { ids: readonly string[]; ageMs: number }): Promise<void>
  takeWebhooks(options: TakeWebhooks): Promise<DueWebhook[]>
  noteWebhook(webhook: DueWebhook, outcome: Parameters<typeof noteWebhook>[2]): Promise<void>
  takeTurn(options: { chore: 'requeue' | 'resend' | 'expire'; everyMs: number }): Promise<boolean>
  readJob(id: string): Promise<Job | undefined>
  readJobs(ids: readonly string[]): Promise<Job[]>
  readInputs(ids: readonly string[]): Promise<{ id: string; input: unknown }[]>
  readResults(ids: readonly string[]): Promise<{ id: string; result: unknown }[]>
  readWebhooks(ids: readonly string[]): Promise<({ id: string } & Webhook)[]>
  readSeqs(ids: readonly string[]): Promise<{ id: string; seq: number }[]>
  readEvents(options: { id: string; after: number; limit: number }): Promise<JobEvent[]>
  listJobs(options: Parameters<typeof reads.listJobs>[1]): Promise<Job[]>
  countJobs(filter: reads.JobFilter): Promise<number>
  /** Whether the database answers. */
  isReady(): Promise<boolean>
  /** Aborted as soon as it is stopped: nothing can be written any more. */
  stopped: AbortSignal
}

/** Opens the ledger, bringing its tables up to date. What it changes is announced through `events`, which it does not stop. */
export async function openLedger(options: {
  databaseUrl: string
  events: JobEvents
  log: Log
  maxConnections?: number
  /** Told each SQL statement, for tests that count them. */
  onStatement?: (sql: string) => void
}): Promise<Ledger> {
  const { events, log } = options
  const database = openDatabase<LedgerTables>({
    url: options.databaseUrl,
    maxConnections: options.maxConnections ?? 10,
    isPrepared: true,
    ...(options.onStatement && { onStatement: options.onStatement }),
  })
  const db = database.kysely
  const stopping = new AbortController()
  const warn = warnSeldom(log, 'a change of a job could not be announced')
  try {
    await migrate(database, ledgerMigrations)
  } catch (error) {
    await database.stop()
    throw error
  }

  return {
    // Nobody can follow it yet who has not read it.
    submit: (submission) => submit(db, submission),
    async cancel(id) {
      const cancellation = await cancel(db, { id })
      if (cancellation?.kind === 'ended') announceChange(cancellation.job)
      if (cancellation?.kind === 'requested') announce({ kind: 'cancelRequested', id })
      return cancellation
    },
    async retry(id, moreAttempts, timeoutMs) {
      const revival = await retry(db, { id, moreAttempts, timeoutMs })
      if (revival?.kind === 'revived') announceChange(revival.job)
      return revival
    },
    async claim(id, leaseMs) {
      const claimed = await claim(db, { id, leaseMs })
      announceChange(claimed?.job)
      return claimed
    },
    async claimNext(leaseMs, limits, lastOwner) {
      const claimed = await claimNext(db, { leaseMs, limits, lastOwner })
      announceChange(claimed?.job)
      return claimed
    },
    readNextStart: (kind) => readNextStart(db, kind),
    async heartbeat(attempts, leaseMs) {
      if (attempts.length === 0) return []
      return attemptWrites.heartbeat(db, { attempts, leaseMs })
    },
    writeProgress: async (attempt, progress) =>
      announceChange(await attemptWrites.writeProgress(db, { attempt, progress })),
    noteFiles: (attempt) => attemptWrites.noteFiles(db, attempt),
    succeed: async (attempt, result, files = []) =>
      announceChange(await attemptWrites.succeed(db, { attempt, result, files })),
    async succeedAndClaim(success, terms) {
      const { job, next } = await attemptWrites.succeedAndClaim(db, success, terms)
      announceChange(job)
      announceChange(next?.job)
      return { job, next }
    },
    fail: async (attempt, failure) => announceChange(await attemptWrites.fail(db, { attempt, ...failure })),
    release: async (attempt) => announceChange(await attemptWrites.release(db, { attempt })),
    handOver: (attempt, terms) => handOver(db, attempt, terms),
    async report(attempt, progress, terms) {
      const reported = await report(db, { attempt, progress, terms })
      announceChange(reported.job)
      return reported.isTaken
    },
    async requeueLost(limit, graceMs = 0) {
      const jobs = await attemptWrites.requeueLost(db, { limit, graceMs })
      for (const job of jobs) announceChange(job)
      return jobs
    },
    async endOverdue(limit) {
      const jobs = await attemptWrites.endOverdue(db, limit)
      for (const job of jobs) announceChange(job)
      return jobs
    },
    countDue: (limits) => sweeps.countDue(db, limits),
    takeUndelivered: (which) => sweeps.takeUndelivered(db, which),
    readExpired: (options) => sweeps.readExpired(db, options),
    removeExpired: (which) => sweeps.removeExpired(db, which),
    takeWebhooks: (options) => takeWebhooks(db, options),
    noteWebhook: (webhook, outcome) => noteWebhook(db, webhook, outcome),
    takeTurn: (options) => sweeps.takeTurn(db, options),
    readJob: async (id) => (await reads.readJobs(db, [id]))[0],
    readJobs: (ids) => reads.readJobs(db, ids),
    readInputs: (ids) => reads.readInputs(db, ids),
    readResults: (ids) => reads.readResults(db, ids),
    readWebhooks: (ids) => readWebhooks(db, ids),
    readSeqs: (ids) => reads.readSeqs(db, ids),
    readEvents: (which) => reads.readEvents(db, which),
    listJobs: (which) => reads.listJobs(db, which),
    countJobs: (filter) => reads.countJobs(db, filter),
    async isReady() {
      await reads.countJobs(db, { owner: '' })
      return true
    },
    stopped: stopping.signal,
    stop() {
      stopping.abort()
      return database.stop()
    },
  }

  function announceChange(job: Job | undefined): Job | undefined {
    if (job) announce({ kind: 'changed', id: job.id, seq: job.seq })
    return job
  }

  /** After the commit: within its transaction it would hold up every other one that announces something. */
  function announce(message: JobMessage): void {
    events.publish(message).catch(warn)
  }
}
