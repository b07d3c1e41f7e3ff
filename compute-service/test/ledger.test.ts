import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import fc from 'fast-check'
import pg from 'pg'
import { z } from 'zod'
import type { Dispatch } from '../src/dispatch/Dispatch.ts'
import { startSweeper } from '../src/dispatch/startSweeper.ts'
import type { JobMessage } from '../src/events/JobMessage.ts'
import { openPostgresEvents } from '../src/events/postgresEvents.ts'
import { defineKind, type JobKind } from '../src/index.ts'
import { limitsOf } from '../src/kinds/limitsOf.ts'
import type { Attempt, Job, JobEvent } from '../src/ledger/Job.ts'
import { isFinal } from '../src/ledger/Job.ts'
import { type Ledger, openLedger } from '../src/ledger/openLedger.ts'
import { type ClaimLimits, type KindLimits, noLimits } from '../src/ledger/store/claimLimits.ts'
import { startExpiry } from '../src/startExpiry.ts'
import { readRuns } from './config.ts'

const stack = createStopStack()
const messages: JobMessage[] = []
/** One ledger a connection: the first is used where only one is needed. */
let ledgers: [Ledger, ...Ledger[]]
let ledger: Ledger

let database: pg.Client

beforeAll(async () => {
  const { url, drop } = await createTestDatabase()
  stack.add({ stop: drop })
  database = new pg.Client({ connectionString: url })
  await database.connect()
  stack.add({ stop: () => database.end() })
  const events = stack.add(await openPostgresEvents({ url, log: silentLog }))
  events.listen((message) => messages.push(message))
  const open = async () => stack.add(await openLedger({ databaseUrl: url, events, log: silentLog, maxConnections: 2 }))
  ledger = await open()
  ledgers = [ledger, await open(), await open(), await open()]
})
afterAll(() => stack.stop())

function submission(
  options: {
    input?: unknown
    kind?: string
    owner?: string
    idempotencyKey?: string
    maxAttempts?: number
    timeoutMs?: number
    priority?: number
    runAt?: Date
  } = {},
) {
  const inputJson = JSON.stringify(options.input ?? {})
  return {
    kind: options.kind ?? 'test',
    inputJson,
    inputHash: createHash('sha256').update(inputJson).digest(),
    owner: options.owner ?? 'ann',
    idempotencyKey: options.idempotencyKey,
    maxAttempts: options.maxAttempts ?? 3,
    timeoutMs: options.timeoutMs,
    priority: options.priority ?? 0,
    runAt: options.runAt,
  }
}

async function submit(options: Parameters<typeof submission>[0] = {}): Promise<Job> {
  const submitted = await ledger.submit(submission(options))
  if (submitted.kind !== 'created') throw new Error(`Expected a new job, got ${submitted.kind}`)
  return submitted.job
}

async function claim(job: Job, leaseMs = 60_000): Promise<Attempt> {
  const claimed = await ledger.claim(job.id, leaseMs)
  if (!claimed) throw new Error('Expected the job to be claimed')
  return { id: job.id, attempt: claimed.job.attempt }
}

function defineTestKind(own: Pick<JobKind, 'name' | 'concurrency' | 'rateLimit'>): JobKind {
  return defineKind({
    ...{ description: 'For tests.', input: z.json(), output: z.json(), maxAttempts: 1, timeoutMs: 1_000 },
    taskFile: new URL('./tasks/echo.ts', import.meta.url),
    ...own,
  })
}

const eventsOf = (id: string) => ledger.readEvents({ id, after: 0, limit: 10_000 })
const failure = { error: { code: 'JOB_FAILED', message: 'no' }, isRetryable: true, delayMs: 0 }

describe('submitting', () => {
  test('100 identical submissions at once make one job', async () => {
    const same = submission({ idempotencyKey: randomUUID(), input: { a: 1 } })
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (ledgers[i % ledgers.length] ?? ledger).submit(same)),
    )
    const ids = results.map((result) => (result.kind === 'conflict' ? undefined : result.job.id))
    expect(new Set(ids).size).toBe(1)
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1)
    expect(await eventsOf(ids[0] ?? '')).toHaveLength(1)
  })

  test('a key used for another input is a conflict, for another owner it is free', async () => {
    const idempotencyKey = randomUUID()
    await submit({ idempotencyKey, input: 1 })
    expect((await ledger.submit(submission({ idempotencyKey, input: 2 }))).kind).toBe('conflict')
    expect((await ledger.submit(submission({ idempotencyKey, input: 2, owner: 'bob' }))).kind).toBe('created')
  })

  test('keeps any JSON as it was given, numbers jobs upwards, and pages through them', async () => {
    const owner = randomUUID()
    const input = { text: 'a\u0000b \ud800', big: 1e300, __proto__: null, 'Ä"\\': [[], {}] }
    const jobs: Job[] = []
    for (let i = 0; i < 5; i++) jobs.push(await submit({ owner, input }))
    expect((await ledger.readInputs([jobs[0]?.id ?? '']))[0]?.input).toEqual(JSON.parse(JSON.stringify(input)))
    const numbers = jobs.map(({ number }) => number)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    const first = await ledger.listJobs({ filter: { owner }, beforeNumber: undefined, limit: 3 })
    const second = await ledger.listJobs({ filter: { owner }, beforeNumber: first.at(-1)?.number, limit: 3 })
    expect([...first, ...second].map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).reverse())
    expect(await ledger.countJobs({ owner, status: 'QUEUED', kind: 'test' })).toBe(5)
    expect(await ledger.readJob("'; drop table jobs; --")).toBeUndefined()
    expect(await ledger.readJobs([])).toEqual([])
  })
})

describe('an attempt', () => {
  test('goes from claim over progress to its end, one event a change, each announced that a follower can have missed', async () => {
    const job = await submit()
    const attempt = await claim(job)
    await ledger.writeProgress(attempt, { fraction: 0.5, message: 'half\u0000way' })
    const done = await ledger.succeed(attempt, JSON.stringify({ gave: '\u0000' }))
    expect(done).toMatchObject({ status: 'SUCCEEDED', seq: 4, attempt: 1, progress: { fraction: 0.5 } })
    const events = await eventsOf(job.id)
    expect(events.map(({ state }) => state.status)).toEqual(['QUEUED', 'RUNNING', 'RUNNING', 'SUCCEEDED'])
    expect(events[2]?.state.progress).toEqual({ fraction: 0.5, message: 'half\u0000way' })
    expect(events[3]?.state.finishedAt).toBe(done?.finishedAt)
    expect((await ledger.readResults([job.id]))[0]?.result).toEqual({ gave: '\u0000' })
    // Messages of one connection come in order, so this one is the last.
    const marker = await submit()
    await claim(marker)
    while (!messages.some(({ id }) => id === marker.id)) await new Promise((resolve) => setImmediate(resolve))
    expect(messages.filter(({ id }) => id === job.id)).toEqual(
      [2, 3, 4].map((seq) => ({ kind: 'changed', id: job.id, seq })),
    )
  })

  test('of a worker that was thought dead changes nothing any more', async () => {
    const job = await submit()
    const late = await claim(job, -1)
    // Who could not renew a lease because the database was away is not lost.
    expect(await ledger.requeueLost(100, 1e12)).toEqual([])
    expect(await ledger.requeueLost(100)).toMatchObject([{ id: job.id, status: 'QUEUED' }])
    const newer = await claim(job)
    expect(newer.attempt).toBe(2)
    const before = await ledger.readJob(job.id)
    expect(await ledger.writeProgress(late, { fraction: 1, message: null })).toBeUndefined()
    expect(await ledger.succeed(late, '"late"')).toBeUndefined()
    expect(await ledger.fail(late, failure)).toBeUndefined()
    expect(await ledger.release(late)).toBeUndefined()
    expect(await ledger.noteFiles(late)).toBe(false)
    expect(await ledger.handOver(late, { reportWithinMs: 60_000, timeoutMs: 60_000 })).toBe(false)
    expect(await ledger.report(late, undefined, { reportWithinMs: 60_000, timeoutMs: 60_000 })).toBe(false)
    expect(await ledger.heartbeat([late, newer], 60_000)).toEqual([{ ...newer, isCancelRequested: false }])
    expect(await ledger.readJob(job.id)).toEqual(before)
    expect(await ledger.succeed(newer, '"on time"')).toMatchObject({ status: 'SUCCEEDED', attempt: 2 })
    expect((await ledger.readResults([job.id]))[0]?.result).toBe('on time')
  })

  test('is claimed by one of many workers, and not before it is due', async () => {
    const job = await submit()
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (ledgers[i % ledgers.length] ?? ledger).claim(job.id, 60_000)),
    )
    expect(claims.filter((claimed) => claimed !== undefined)).toHaveLength(1)
    await ledger.fail({ id: job.id, attempt: 1 }, { ...failure, delayMs: 60_000 })
    expect(await ledger.claim(job.id, 60_000)).toBeUndefined()
  })

  test('that fails is followed by another until the last, which is dead-lettered; one that cannot be helped is not', async () => {
    const job = await submit({ maxAttempts: 2 })
    expect(await ledger.fail(await claim(job), failure)).toMatchObject({ status: 'QUEUED', deadLettered: false })
    const last = await ledger.fail(await claim(job), failure)
    expect(last).toMatchObject({ status: 'FAILED', deadLettered: true, attempt: 2, error: failure.error })
    const hopeless = await submit({ maxAttempts: 2 })
    const failed = await ledger.fail(await claim(hopeless), { ...failure, isRetryable: false })
    expect(failed).toMatchObject({ status: 'FAILED', deadLettered: false, attempt: 1 })
    const lost = await submit({ maxAttempts: 1 })
    await claim(lost, -1)
    expect(await ledger.requeueLost(100)).toMatchObject([
      { id: lost.id, status: 'FAILED', deadLettered: true, error: { code: 'JOB_WORKER_LOST' } },
    ])
  })
})

describe('retrying', () => {
  test('revives what is dead-lettered with attempts of its own, and whoever follows goes on', async () => {
    const job = await submit({ maxAttempts: 1 })
    await ledger.fail(await claim(job), failure)
    expect(await ledger.retry(job.id, 2)).toMatchObject({
      kind: 'revived',
      job: { status: 'QUEUED', attempt: 1, maxAttempts: 3, deadLettered: false, finishedAt: null, seq: 4 },
    })
    expect(await ledger.retry(job.id, 2)).toMatchObject({ kind: 'unchanged', job: { status: 'QUEUED', seq: 4 } })
    await ledger.fail(await claim(job), failure)
    expect(await ledger.succeed(await claim(job), '1')).toMatchObject({ status: 'SUCCEEDED', attempt: 3 })
    const hopeless = await submit()
    await ledger.fail(await claim(hopeless), { ...failure, isRetryable: false })
    expect(await ledger.retry(hopeless.id, 2)).toMatchObject({ kind: 'unchanged', job: { status: 'FAILED' } })
    expect(await ledger.retry(randomUUID(), 2)).toBeUndefined()
  })
})

test('a job that takes too long in all ends, whoever has it, and its worker changes nothing any more', async () => {
  const timeoutMs = -1
  const [queued, running, cancelled] = [await submit(), await submit({ timeoutMs }), await submit({ timeoutMs })]
  const later = await submit({ timeoutMs, runAt: new Date(Date.now() + 60_000) })
  const attempt = await claim(running)
  await claim(cancelled)
  await ledger.cancel(cancelled.id)
  const waiting = await submit({ timeoutMs })
  const ended = await ledger.endOverdue(100)
  const timedOut = { status: 'FAILED', deadLettered: true, error: { code: 'JOB_TIMEOUT' } }
  expect(ended.map(({ id }) => id).sort()).toEqual([running.id, cancelled.id, waiting.id].sort())
  expect(await ledger.readJob(running.id)).toMatchObject({ ...timedOut, attempt: 1, seq: 3 })
  expect(await ledger.readJob(waiting.id)).toMatchObject({ ...timedOut, attempt: 0, seq: 2 })
  expect(await ledger.readJob(cancelled.id)).toMatchObject({ status: 'CANCELLED', error: null })
  for (const untouched of [queued, later]) expect(await ledger.readJob(untouched.id)).toEqual(untouched)
  expect(await ledger.heartbeat([attempt], 60_000)).toEqual([])
  expect(await ledger.succeed(attempt, '1')).toBeUndefined()
  expect(await ledger.endOverdue(100)).toEqual([])
  expect(await ledger.retry(running.id, 1, 60_000)).toMatchObject({ kind: 'revived', job: { status: 'QUEUED' } })
  expect(await ledger.endOverdue(100)).toEqual([])
})

test('removes what ended too long ago, a few at a time, and nothing that has not ended', async () => {
  const owner = randomUUID()
  const jobs = [await submit({ owner }), await submit({ owner }), await submit({ owner })]
  for (const job of jobs.slice(0, 2)) await ledger.succeed(await claim(job), '1')
  const expire = async (ageMs: number, limit: number) => {
    const expired = await ledger.readExpired({ ageMs, limit })
    await ledger.removeExpired({ ids: expired.map(({ id }) => id), ageMs })
    return expired
  }
  expect(await expire(60_000, 10)).toEqual([])
  // Only what is old enough goes, whatever is named.
  await ledger.removeExpired({ ids: jobs.map(({ id }) => id), ageMs: 60_000 })
  expect(await ledger.readJobs(jobs.map(({ id }) => id))).toHaveLength(3)
  expect(await expire(-1_000, 1)).toMatchObject([{ hasFiles: false }])
  for (let left = 1; left > 0; ) left = (await expire(-1_000, 50)).length
  expect((await ledger.readJobs(jobs.map(({ id }) => id))).map(({ id }) => id)).toEqual([jobs[2]?.id])
  expect(await eventsOf(jobs[0]?.id ?? '')).toEqual([])
})

test('all that ended too long ago is removed in one turn, however much it is', async () => {
  const owner = randomUUID()
  await database.query(
    `insert into jobs (kind, input, input_hash, owner, status, max_attempts, finished_at)
      select 'test', '1', '', $1, 'SUCCEEDED', 1, clock_timestamp() - interval '2 days' from generate_series(1, 450)`,
    [owner],
  )
  let turns = 0
  const takeTurn: Ledger['takeTurn'] = async () => turns++ === 0
  const day = 86_400_000
  const expiry = startExpiry({
    ledger: { ...ledger, takeTurn },
    ...{ results: undefined, retentionMs: day, log: silentLog, everyMs: 20 },
  })
  // The second turn begins when the first has ended, and does nothing.
  while (turns < 2) await new Promise((resolve) => setImmediate(resolve))
  expect(await ledger.countJobs({ owner })).toBe(0)
  await expiry.stop()
})

test('a queue that hangs holds up what is sent again, and not the jobs of workers that were lost', async () => {
  let letGo = () => {}
  const hung = new Promise<never>((_resolve, reject) => {
    letGo = () => reject(new Error('The queue did not answer'))
  })
  hung.catch(() => undefined)
  let counts = 0
  const dispatch: Dispatch = {
    send: () => hung,
    countWaiting: () => {
      counts++
      return hung
    },
    stop: async () => undefined,
  }
  // What is due makes it ask the queue.
  await submit()
  const sweeper = startSweeper({ ledger, dispatch, limits: noLimits, log: silentLog, onSilent: () => undefined })
  const patience = AbortSignal.timeout(20_000)
  const until = async (holds: () => Promise<boolean>) => {
    while (!patience.aborted && !(await holds())) await sleep(20)
  }
  await until(async () => counts > 0)
  // The second is lost while the delivery of the first is under way.
  const lost = [await submit(), await submit()]
  for (const job of lost) {
    await claim(job, -1)
    await until(async () => (await ledger.readJob(job.id))?.status === 'QUEUED')
  }
  letGo()
  await sweeper.stop()
  expect((await ledger.readJobs(lost.map(({ id }) => id))).map(({ status }) => status)).toEqual(['QUEUED', 'QUEUED'])
  expect(counts).toBe(1)
})

/** Claims until nothing more may run, `width` at a time over all connections, and ends nothing. */
async function claimAll(limit: ClaimLimits, width = 8): Promise<Job[]> {
  const claimed: Job[] = []
  for (;;) {
    const round = await Promise.all(
      Array.from({ length: width }, (_, i) => (ledgers[i % ledgers.length] ?? ledger).claimNext(60_000, limit)),
    )
    const jobs = round.flatMap((one) => (one ? [one.job] : []))
    if (jobs.length === 0) return claimed
    claimed.push(...jobs)
  }
}

describe('claiming what is next', () => {
  const kind = () => randomUUID()
  const limits = (own: Partial<KindLimits> & { kind: string }, perOwner?: number): ClaimLimits => ({
    perOwner,
    kinds: [{ concurrency: undefined, rate: undefined, ...own }],
  })
  beforeEach(async () => {
    await claimAll(noLimits)
  })

  test('takes the highest priority first, of those what is due for longest, and nothing before its time', async () => {
    const due = (ms: number) => new Date(Date.now() + ms)
    const low = await submit({ priority: -1, runAt: due(-9_000) })
    const late = await submit({ runAt: due(-1_000) })
    const early = await submit({ runAt: due(-5_000) })
    const high = await submit({ priority: 5 })
    const future = await submit({ priority: 100, runAt: due(60_000) })
    const order = (await claimAll(noLimits, 1)).map(({ id }) => id)
    expect(order).toEqual([high.id, early.id, late.id, low.id])
    expect(await ledger.readJob(future.id)).toMatchObject({ status: 'QUEUED', attempt: 0 })
  })

  test('is a job of each owner in turn, of those with fewest running first, whoever has submitted most before', async () => {
    const [ann, bob, cyd] = ['ann', 'bob', 'cyd'].map((name) => `${name}-${randomUUID()}`) as [string, string, string]
    const due = (ms: number) => new Date(Date.now() + ms)
    for (let i = 0; i < 4; i++) await submit({ owner: ann, runAt: due(-9_000 + i) })
    for (let i = 0; i < 2; i++) await submit({ owner: bob, runAt: due(-5_000) })
    await submit({ owner: cyd, runAt: due(-1_000) })
    await submit({ owner: cyd, runAt: due(60_000) })
    const next = async (lastOwner?: string) => (await ledger.claimNext(60_000, noLimits, lastOwner))?.job
    // Each ends before the next one begins: whose turn it was last says who is next.
    let job = await next()
    expect(job?.owner).toBe(ann)
    const ended: string[] = []
    for (; job && ended.length < 3; job = await next(job.owner)) {
      ended.push(job.owner)
      await ledger.succeed({ id: job.id, attempt: job.attempt }, '1')
    }
    expect(ended).toEqual([ann, bob, cyd])
    // One of ann's runs now, so bob comes first although his turn was last.
    expect(job?.owner).toBe(ann)
    expect((await next(bob))?.owner).toBe(bob)
    await submit({ owner: cyd, priority: 1 })
    expect([(await next(cyd))?.owner, (await next(cyd))?.owner, (await next(ann))?.owner]).toEqual([cyd, ann, ann])
    expect(await next(ann)).toBeUndefined()
    // More owners than are looked at for one claim, some of whom may have no more running.
    const many = Array.from({ length: 40 }, (_, i) => `many-${i}-${randomUUID()}`)
    for (const owner of many) await submit({ owner, priority: 2 })
    for (const owner of many.slice(0, 20)) await submit({ owner, priority: 3 })
    const running = await claimAll({ perOwner: 1, kinds: [] }, 1)
    expect(running.map(({ owner }) => owner).sort()).toEqual(many.toSorted())
    expect(running.filter(({ priority }) => priority === 3)).toHaveLength(20)
  })

  test('lets no owner have more than its share, however many claim at once', async () => {
    const [ann, bob] = [randomUUID(), randomUUID()]
    for (let i = 0; i < 12; i++) await submit({ owner: ann })
    for (let i = 0; i < 2; i++) await submit({ owner: bob })
    const running = await claimAll({ perOwner: 3, kinds: [] }, 16)
    const of = (owner: string) => running.filter((job) => job.owner === owner)
    expect([of(ann).length, of(bob).length]).toEqual([3, 2])
    expect(await ledger.countDue({ perOwner: 3, kinds: [] })).toBe(0)
    const [first] = of(ann)
    if (!first) throw new Error('Expected a job')
    await ledger.succeed(first, '1')
    expect(await claimAll({ perOwner: 3, kinds: [] }, 16)).toMatchObject([{ owner: ann }])
  })

  test('along with the end of an attempt takes the place that it leaves, and no other', async () => {
    const [ann, bob] = [randomUUID(), randomUUID()]
    const terms = { leaseMs: 60_000, limits: { perOwner: 1, kinds: [] } }
    const first = await submit({ owner: ann })
    const second = await submit({ owner: ann })
    const other = await submit({ owner: bob, priority: -1 })
    const attempt = await claim(first)
    // Its place is free for the next one although nobody else knows of that yet.
    const ended = await ledger.succeedAndClaim({ attempt, result: '1', files: [] }, terms)
    expect(ended).toMatchObject({
      job: { id: first.id, status: 'SUCCEEDED', seq: 3 },
      next: { job: { id: second.id, status: 'RUNNING', attempt: 1, seq: 2 }, input: {} },
    })
    expect((await eventsOf(first.id)).map(({ state }) => state.status)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED'])
    expect((await eventsOf(second.id)).map(({ state }) => state.status)).toEqual(['QUEUED', 'RUNNING'])
    // An attempt that has ended already changes nothing, and the place that its job's owner has is taken.
    const late = await ledger.succeedAndClaim({ attempt, result: '2', files: [] }, terms)
    expect(late).toMatchObject({ job: undefined, next: { job: { id: other.id } } })
    expect((await ledger.readResults([first.id]))[0]?.result).toBe(1)
    const none = await ledger.succeedAndClaim({ attempt: { id: other.id, attempt: 1 }, result: '3', files: [] }, terms)
    expect(none).toMatchObject({ job: { status: 'SUCCEEDED' }, next: undefined })
  })

  test('lets no owner have more than its share either where jobs end and others claim at once', async () => {
    const owner = randomUUID()
    const limits = { perOwner: 3, kinds: [] }
    for (let i = 0; i < 40; i++) await submit({ owner })
    const running = await claimAll(limits)
    expect(running).toHaveLength(3)
    let most = 0
    const work = async (on: Ledger, mine: Job | undefined) => {
      for (let job = mine; job; ) {
        most = Math.max(most, await ledger.countJobs({ owner, status: 'RUNNING' }))
        const success = { attempt: { id: job.id, attempt: job.attempt }, result: '1', files: [] }
        job = (await on.succeedAndClaim(success, { leaseMs: 60_000, limits })).next?.job
      }
    }
    const claims = async (on: Ledger) => {
      for (let i = 0; i < 20; i++) await work(on, (await on.claimNext(60_000, limits))?.job)
    }
    await Promise.all([...running.map((job, i) => work(ledgers[i] ?? ledger, job)), ...ledgers.map(claims)])
    expect(most).toBeLessThanOrEqual(3)
    expect(await ledger.countJobs({ owner, status: 'SUCCEEDED' })).toBe(40)
  })

  test('looks at few of those that are queued, however many there are', async () => {
    const { url, drop } = await createTestDatabase()
    const client = new pg.Client({ connectionString: url })
    const events = { publish: async () => undefined, listen: () => () => undefined, stop: async () => undefined }
    const fresh = await openLedger({ databaseUrl: url, events, log: silentLog, maxConnections: 1 })
    try {
      await client.connect()
      await client.query(
        `insert into jobs (kind, input, input_hash, owner, max_attempts) select 'test', '1', '', 'ann', 1 from generate_series(1, 1000)`,
      )
      let job = (await fresh.claimNext(60_000, noLimits))?.job
      for (let i = 0; i < 20; i++) {
        if (!job) throw new Error('Expected a job')
        const success = { attempt: { id: job.id, attempt: job.attempt }, result: '1', files: [] }
        job = (await fresh.succeedAndClaim(success, anyJob)).next?.job
        await fresh.claimNext(60_000, noLimits)
      }
      // Nor at all that an owner has who may have no more of them running.
      const full = { perOwner: 2, kinds: [] }
      await client.query(
        `insert into jobs (kind, input, input_hash, owner, max_attempts) select 'test', '1', '', 'bob', 1 from generate_series(1, 20)`,
      )
      for (let i = 0; i < 20; i++) {
        const next = await fresh.claimNext(60_000, full, 'ann')
        if (next?.job.owner !== 'bob') throw new Error(`Expected a job of bob's, got ${next?.job.owner}`)
        await fresh.succeed({ id: next.job.id, attempt: next.job.attempt }, '1')
      }
      // PostgreSQL adds up what a connection has read when that ends.
      await fresh.stop()
      const read = async (): Promise<{ scans: number; rows: number }> => {
        const { rows } = await client.query(
          `select sum(idx_scan)::int as scans, sum(idx_tup_read)::int as rows from pg_stat_user_indexes where indexrelname in ('jobs_queued', 'jobs_turns')`,
        )
        return rows[0]
      }
      while ((await read()).scans < 3 * 61) await new Promise((resolve) => setImmediate(resolve))
      // All that were queued each time would be 60,000. Those that were claimed before are read again where somebody, as autovacuum, may see them still.
      expect((await read()).rows).toBeLessThan(10_000)
    } finally {
      await client.end()
      await fresh.stop()
      await drop()
    }
  })

  test('passes over jobs of a kind that is full, whose others of the same priority come before any of a lower one', async () => {
    const [full, other] = [kind(), kind()]
    const [ann, bob] = [`ann-${randomUUID()}`, `bob-${randomUUID()}`]
    for (let i = 0; i < 3; i++) await submit({ owner: ann, kind: full, priority: 5 })
    await submit({ owner: ann, kind: other, priority: 5 })
    await submit({ owner: bob, kind: other })
    const running = await claimAll(limits({ kind: full, concurrency: 1 }), 1)
    expect(running.map((job) => [job.owner, job.kind])).toEqual([
      [ann, full],
      [ann, other],
      [bob, other],
    ])
  })

  test('runs no more of a kind than its concurrency, and starts them no faster than its rate', async () => {
    const [narrow, slow] = [kind(), kind()]
    const minutely = { everyMs: 60_000, lateMs: 0 }
    for (let i = 0; i < 6; i++) await submit({ kind: narrow })
    for (let i = 0; i < 3; i++) await submit({ kind: slow })
    const { kinds } = limitsOf(new Map([[narrow, defineTestKind({ name: narrow, concurrency: 2 })]]), 1_000)
    const running = await claimAll({
      perOwner: undefined,
      kinds: [...kinds, ...limits({ kind: slow, rate: minutely }).kinds],
    })
    expect(running.map((job) => job.kind).sort()).toEqual([narrow, narrow, slow].sort())
    expect(await claimAll(limits({ kind: slow, rate: minutely }, 1_000))).toMatchObject([{ kind: narrow }, {}, {}, {}])
  })
})

describe('a kind with a rate', () => {
  test.each([
    { lateMs: 0, startsAtOnce: 1 },
    { lateMs: 60_000, startsAtOnce: 2 },
    { lateMs: 600_000, startsAtOnce: 3 },
  ])('whose start is 2.5 intervals late has $startsAtOnce at once where $lateMs ms are made up for', async (given) => {
    const kind = randomUUID()
    const limits: ClaimLimits = { perOwner: undefined, kinds: [{ kind, concurrency: undefined, rate: rateOf(given) }] }
    for (let i = 0; i < 6; i++) await submit({ kind, priority: 100 })
    const start = async () => (await claimAll(limits, 1)).filter((job) => job.kind === kind).length
    expect(await start()).toBe(1)
    const sql = `update job_kind_starts set next_at = clock_timestamp() - interval '150 s' where kind = $1`
    await database.query(sql, [kind])
    expect(await start()).toBe(given.startsAtOnce)
    expect((await ledger.readNextStart(kind))?.delayMs).toBeGreaterThan(0)
  })
  const rateOf = ({ lateMs }: { lateMs: number }) => ({ everyMs: 60_000, lateMs })

  test('starts no more within its time than it may, however late and from however many processes', async () => {
    const [max, perMs] = [10, 50]
    const own = defineTestKind({ name: randomUUID(), rateLimit: { max, perMs } })
    const limits = { ...limitsOf(new Map([[own.name, own]]), 1_000), perOwner: undefined }
    const { everyMs = 0, lateMs = 0 } = limits.kinds[0]?.rate ?? {}
    expect(max * everyMs - lateMs).toBeCloseTo(perMs, 9)
    for (let round = 0; round < 8; round++) {
      // What takes some time, so that the first start of each round is late.
      await Promise.all(Array.from({ length: 20 }, () => submit({ kind: own.name, priority: 100 })))
      await claimAll(limits)
    }
    const sql = `select extract(epoch from started_at)::float8 * 1000 as ms from jobs
      where kind = $1 and started_at is not null order by started_at`
    const starts: number[] = (await database.query(sql, [own.name])).rows.map(({ ms }) => ms)
    expect(starts.length).toBeGreaterThan(max)
    // One more: a start is decided before it is written, the one after it only then.
    const spans = starts.slice(max + 1).map((start, i) => start - (starts[i] ?? 0))
    expect(Math.min(...spans)).toBeGreaterThan(perMs - 0.01)
  })
})

describe('cancelling', () => {
  test('ends a queued job at once, marks a running one, and leaves a finished one alone', async () => {
    const queued = await submit()
    expect(await ledger.cancel(queued.id)).toMatchObject({ kind: 'ended', job: { status: 'CANCELLED', seq: 2 } })
    expect(await ledger.cancel(queued.id)).toMatchObject({ kind: 'unchanged', job: { seq: 2 } })

    const running = await submit()
    const attempt = await claim(running)
    expect(await ledger.cancel(running.id)).toMatchObject({ kind: 'requested', job: { status: 'RUNNING', seq: 2 } })
    expect(await ledger.heartbeat([attempt], 60_000)).toEqual([{ ...attempt, isCancelRequested: true }])
    expect(await ledger.fail(attempt, failure)).toMatchObject({ status: 'CANCELLED', error: null, seq: 3 })

    const lost = await submit()
    await claim(lost, -1)
    await ledger.cancel(lost.id)
    expect(await ledger.requeueLost(100)).toMatchObject([{ id: lost.id, status: 'CANCELLED' }])
    expect(await ledger.cancel(randomUUID())).toBeUndefined()
  })
})

describe('an attempt that a function has', () => {
  const terms = { reportWithinMs: 60_000, timeoutMs: 600_000 }
  const silent = { reportWithinMs: -1, timeoutMs: 600_000 }

  test('lives for as long as the function may be silent, whatever the worker says, and no longer than it may take in all', async () => {
    const job = await submit()
    const attempt = await claim(job)
    expect(await ledger.handOver(attempt, terms)).toBe(true)
    // A heartbeat that was under way meanwhile shortens nothing.
    await ledger.heartbeat([attempt], -1)
    expect(await ledger.requeueLost(100)).toEqual([])
    expect(await ledger.report(attempt, { fraction: 0.5, message: null }, terms)).toBe(true)
    expect(await ledger.report(attempt, { fraction: 0.6, message: null }, terms)).toBe(true)
    // The second came too soon to be an event of its own, and handing over is none.
    expect(await ledger.readJob(job.id)).toMatchObject({ seq: 3, isHandedOver: true, progress: { fraction: 0.5 } })
    await ledger.report(attempt, undefined, { reportWithinMs: 60_000, timeoutMs: -1 })
    expect(await ledger.requeueLost(100)).toMatchObject([
      { id: job.id, status: 'QUEUED', error: { code: 'JOB_TIMEOUT' }, isHandedOver: true },
    ])
    expect(await ledger.report(attempt, undefined, terms)).toBe(false)
    expect(await ledger.handOver(attempt, terms)).toBe(false)
  })

  test('is lost when that is silent, and the next one waits a little', async () => {
    const job = await submit()
    await ledger.handOver(await claim(job), silent)
    const [lost] = await ledger.requeueLost(100)
    const waitMs = Date.parse(lost?.runAt ?? '') - Date.parse(lost?.updatedAt ?? '')
    expect(Math.round(waitMs / 1_000)).toBe(1)
    expect(await ledger.claim(job.id, 60_000)).toBeUndefined()
  })

  test("is followed by one that is a worker's until it hands that over, too", async () => {
    const job = await submit()
    const attempt = await claim(job)
    await ledger.handOver(attempt, terms)
    await ledger.fail(attempt, failure)
    expect(await ledger.claim(job.id, 60_000)).toMatchObject({ job: { isHandedOver: false } })
    expect(await ledger.cancel(job.id)).toMatchObject({ kind: 'requested' })
  })

  test('ends at once when it is cancelled; one that shall be cancelled is not handed over', async () => {
    const job = await submit()
    const attempt = await claim(job)
    await ledger.handOver(attempt, terms)
    expect(await ledger.cancel(job.id)).toMatchObject({ kind: 'ended', job: { status: 'CANCELLED', seq: 3 } })
    expect(await ledger.succeed(attempt, '1')).toBeUndefined()

    const other = await submit()
    const late = await claim(other)
    expect(await ledger.cancel(other.id)).toMatchObject({ kind: 'requested' })
    expect(await ledger.handOver(late, terms)).toBe(false)
    expect(await ledger.report(late, undefined, terms)).toBe(false)
    expect(await ledger.fail(late, failure)).toMatchObject({ status: 'CANCELLED' })
  })
})

type Step = { connection: number; job: number; action: Action; stale: boolean }
type Action =
  | 'claim'
  | 'claimNext'
  | 'claimAndDie'
  | 'heartbeat'
  | 'progress'
  | 'handOver'
  | 'report'
  | 'succeed'
  | 'succeedAndClaim'
  | 'fail'
  | 'refuse'
  | 'release'
  | 'cancel'
  | 'noteFiles'
  | 'expire'
  | 'overdue'
  | 'retry'
const actions: Action[] = [
  'claim',
  'claimNext',
  'claimAndDie',
  'heartbeat',
  'progress',
  'handOver',
  'report',
  'succeed',
  'succeedAndClaim',
  'fail',
  'refuse',
  'release',
  'cancel',
  'noteFiles',
  'expire',
  'overdue',
  'retry',
]

test('random interleavings over several connections leave each job a legal history with one end', async () => {
  const step = fc.record<Step>({
    connection: fc.nat(3),
    job: fc.nat(2),
    action: fc.constantFrom(...actions),
    stale: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 12 }), async (rounds) => {
      // First to be claimed of all that other tests have left; the last one has taken too long in all before it begins.
      const priority = 100
      const jobs = [await submit({ priority }), await submit({ priority }), await submit({ priority, timeoutMs: -1 })]
      const attempts = new Map<string, number>()
      // The steps of one round run at the same time, each on its connection.
      for (const round of rounds) {
        await Promise.all(
          round.map(async ({ connection, job, action, stale }) => {
            const id = jobs[job % jobs.length]?.id ?? ''
            const attempt = { id, attempt: (attempts.get(id) ?? 1) - (stale ? 1 : 0) }
            const isFencedOff = attempt.attempt < (attempts.get(id) ?? 0)
            const on = ledgers[connection] ?? ledger
            const gave = await act(on, action, attempt, (claimed) => attempts.set(claimed.id, claimed.attempt))
            // Whatever else happens meanwhile: an attempt that is not the newest one changes nothing.
            if (isFencedOff && fenced.has(action)) expect(gave).toEqual(fenced.get(action))
          }),
        )
      }
      for (const job of jobs) {
        await finish(job.id)
        checkHistory(await eventsOf(job.id), await ledger.readJob(job.id))
      }
    }),
    // `LEDGER_RUNS` says how many; without it, as many as fit into some seconds. A failure names its seed, which `LEDGER_SEED` repeats.
    { ...readRuns(), verbose: 1 },
  )
}, 3_600_000)

/** What actions of an attempt give that is not the newest one. */
const fenced: ReadonlyMap<Action, unknown> = new Map<Action, unknown>([
  ['heartbeat', []],
  ['progress', undefined],
  ['handOver', false],
  ['report', false],
  ['succeed', undefined],
  ['succeedAndClaim', undefined],
  ['fail', undefined],
  ['refuse', undefined],
  ['release', undefined],
  ['noteFiles', false],
])

const anyJob = { leaseMs: 60_000, limits: noLimits }

async function act(on: Ledger, action: Action, attempt: Attempt, onClaimed: (job: Job) => void): Promise<unknown> {
  switch (action) {
    case 'claim':
    case 'claimAndDie': {
      const claimed = await on.claim(attempt.id, action === 'claim' ? 60_000 : -1)
      return claimed && onClaimed(claimed.job)
    }
    case 'claimNext': {
      const claimed = await on.claimNext(60_000, noLimits)
      return claimed && onClaimed(claimed.job)
    }
    case 'heartbeat':
      return on.heartbeat([attempt], 60_000)
    case 'progress':
      return on.writeProgress(attempt, { fraction: 0.5, message: null })
    case 'handOver':
      return on.handOver(attempt, { reportWithinMs: 60_000, timeoutMs: 60_000 })
    case 'report':
      return on.report(attempt, { fraction: 0.5, message: null }, { reportWithinMs: 60_000, timeoutMs: 60_000 })
    case 'succeed':
      return on.succeed(attempt, '1')
    case 'succeedAndClaim': {
      const { job, next } = await on.succeedAndClaim({ attempt, result: '1', files: [] }, anyJob)
      if (next) onClaimed(next.job)
      return job
    }
    case 'fail':
      return on.fail(attempt, failure)
    case 'refuse':
      return on.fail(attempt, { ...failure, isRetryable: false })
    case 'release':
      return on.release(attempt)
    case 'cancel':
      return on.cancel(attempt.id)
    case 'noteFiles':
      return on.noteFiles(attempt)
    case 'expire':
      return on.requeueLost(10)
    case 'overdue':
      return on.endOverdue(10)
    case 'retry':
      return on.retry(attempt.id, 2)
    default:
      throw action satisfies never
  }
}

async function finish(id: string): Promise<void> {
  for (;;) {
    const job = await ledger.readJob(id)
    if (!job || isFinal(job.status)) return
    if (job.status === 'QUEUED') await ledger.claim(id, 60_000)
    else await ledger.succeed({ id, attempt: job.attempt }, '2')
  }
}

/** Which states may follow which. */
const legal: Record<string, string[]> = {
  // FAILED: it has taken too long in all.
  QUEUED: ['RUNNING', 'CANCELLED', 'FAILED'],
  RUNNING: ['RUNNING', 'QUEUED', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
}

function checkHistory(events: JobEvent[], job: Job | undefined): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  // One end, but for those that were revived.
  expect(events.filter(({ state }) => isFinal(state.status) && !state.deadLettered).length).toBeLessThanOrEqual(1)
  expect(isFinal(events.at(-1)?.state.status ?? 'QUEUED')).toBe(true)
  expect(events[0]?.state).toMatchObject({ status: 'QUEUED', attempt: 0 })
  for (const [i, event] of events.entries()) {
    const next = events[i + 1]
    if (!next) break
    const mayFollow = event.state.deadLettered ? ['QUEUED'] : (legal[event.state.status] ?? [])
    expect(mayFollow).toContain(next.state.status)
    const isOverdue = event.state.status === 'QUEUED' && next.state.status === 'FAILED'
    if (isOverdue) expect(next.state).toMatchObject({ deadLettered: true, error: { code: 'JOB_TIMEOUT' } })
    const isClaim = event.state.status === 'QUEUED' && next.state.status === 'RUNNING'
    expect(next.state.attempt).toBe(event.state.attempt + (isClaim ? 1 : 0))
    expect(next.at >= event.at).toBe(true)
  }
  const last = events.at(-1)
  expect(job).toMatchObject({ seq: last?.seq, updatedAt: last?.at, ...last?.state })
}
