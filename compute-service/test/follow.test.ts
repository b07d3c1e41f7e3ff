import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import type { JobEvents } from '../src/events/JobEvents.ts'
import { openPostgresEvents } from '../src/events/postgresEvents.ts'
import type { JobUpdate } from '../src/follow/JobUpdate.ts'
import { type Followers, openFollowers } from '../src/follow/openFollowers.ts'
import type { Attempt } from '../src/ledger/Job.ts'
import { type Ledger, openLedger } from '../src/ledger/openLedger.ts'

const stack = createStopStack()
const statements: string[] = []
let ledger: Ledger
let followers: Followers
/** Followers to whom no message ever comes. */
let deafFollowers: Followers

beforeAll(async () => {
  const database = await createTestDatabase()
  stack.add({ stop: () => database.drop() })
  const events = stack.add(await openPostgresEvents({ url: database.url, log: silentLog }))
  const onStatement = (sql: string) => statements.push(sql)
  ledger = stack.add(await openLedger({ databaseUrl: database.url, events, log: silentLog, onStatement }))
  followers = stack.add(openFollowers({ ledger, events, log: silentLog }))
  const silence: JobEvents = { ...events, listen: () => () => undefined }
  deafFollowers = stack.add(openFollowers({ ledger, events: silence, log: silentLog }))
})
afterAll(() => stack.stop())

async function submit(): Promise<string> {
  const submitted = await ledger.submit({
    kind: 'test',
    inputJson: '{}',
    inputHash: createHash('sha256').digest(),
    owner: 'ann',
    idempotencyKey: undefined,
    maxAttempts: 3,
  })
  if (submitted.kind === 'conflict') throw new Error('Expected a job')
  return submitted.job.id
}

async function claim(id: string): Promise<Attempt> {
  await ledger.claim(id, 60_000)
  return { id, attempt: 1 }
}

const progress = (attempt: Attempt, fraction: number) => ledger.writeProgress(attempt, { fraction, message: null })

async function collect(updates: AsyncIterable<JobUpdate>): Promise<string[]> {
  const seen: JobUpdate[] = []
  for await (const update of updates) seen.push(update)
  expect(seen.map(({ job }) => job.seq)).toEqual(seen.map(({ seq }) => seq))
  return seen.map(({ seq, job }) => `${seq} ${job.status} ${job.progress?.fraction ?? '-'}`)
}

describe('whoever follows a job', () => {
  test('gets its present state, then each change as it was, then the end', async () => {
    const id = await submit()
    const attempt = await claim(id)
    await progress(attempt, 0.25)
    const updates = followers.follow(id)
    expect(await updates.next()).toMatchObject({
      value: { seq: 3, job: { status: 'RUNNING', progress: { fraction: 0.25 } } },
    })
    await progress(attempt, 0.5)
    await progress(attempt, 0.75)
    await ledger.succeed(attempt, '1')
    // Read after the end: each update is of its own time all the same.
    expect(await collect(updates)).toEqual(['4 RUNNING 0.5', '5 RUNNING 0.75', '6 SUCCEEDED 0.75'])
    expect(await updates.next()).toEqual({ done: true, value: undefined })
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('with a cursor that was never given out gets what comes next', async () => {
    const id = await submit()
    const attempt = await claim(id)
    const fromTheFuture = followers.follow(id, { after: 1_000 })
    let isTold = false
    const first = fromTheFuture.next().then(() => {
      isTold = true
    })
    // Until it follows there is no next.
    for (let step = 1; !isTold; step++) await progress(attempt, step / 1_000)
    await first
    await ledger.succeed(attempt, '1')
    expect((await collect(fromTheFuture)).at(-1)).toContain('SUCCEEDED')
  })

  test('with a cursor gets exactly what came behind it', async () => {
    const id = await submit()
    const attempt = await claim(id)
    const waiting = collect(followers.follow(id, { after: 1 }))
    await progress(attempt, 0.5)
    await ledger.succeed(attempt, '1')
    expect(await waiting).toEqual(['2 RUNNING -', '3 RUNNING 0.5', '4 SUCCEEDED 0.5'])
    expect(await collect(followers.follow(id, { after: 0 }))).toHaveLength(4)
    expect(await collect(followers.follow(id, { after: 3 }))).toEqual(['4 SUCCEEDED 0.5'])
    expect(await collect(followers.follow(id, { after: 4 }))).toEqual([])
    expect(await collect(followers.follow(id))).toEqual(['4 SUCCEEDED 0.5'])
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('trap 1: sees each change from then on once and in order, at whatever moment of a job that changes it begins', async () => {
    const id = await submit()
    const attempt = await claim(id)
    const began: Promise<string[]>[] = []
    for (let i = 1; i <= 60; i++) {
      // It reads while the next change is written: with what it has, and with what it hears of.
      const after = [undefined, 0, i][i % 3]
      began.push(collect(followers.follow(id, { after })))
      await progress(attempt, i / 60)
    }
    await ledger.succeed(attempt, '1')
    for (const [n, seen] of (await Promise.all(began)).entries()) {
      const seqs = seen.map((line) => Number.parseInt(line, 10))
      // The present state is never older than the moment in which it began to follow; how much newer it is, is a matter of time.
      const [present = 0] = seqs
      const first = [Math.max(present, n + 2), 1, n + 2][(n + 1) % 3] ?? 0
      expect(seqs).toEqual(Array.from({ length: 64 - first }, (_, i) => first + i))
    }
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('traps 2 and 3: frees everything at once when leaving, also while waiting, reading, or before anything was read', async () => {
    const id = await submit()
    const waiting = followers.follow(id)
    await waiting.next()
    const pending = [waiting.next(), waiting.next()]
    const reading = followers.follow(id)
    const firstRead = reading.next()
    const unread = followers.follow(id)
    expect(followers.counts()).toEqual({ followers: 2, jobs: 1 })
    void reading.return?.()
    expect(followers.counts()).toEqual({ followers: 1, jobs: 1 })
    void waiting.return?.()
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
    void unread.return?.()
    for (const result of await Promise.all([...pending, firstRead, unread.next()])) expect(result.done).toBe(true)
    await ledger.cancel(id)
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('misses nothing when every message is lost', async () => {
    const id = await submit()
    const updates = deafFollowers.follow(id)
    await updates.next()
    const rest = collect(updates)
    await progress(await claim(id), 0.5)
    await ledger.cancel(id)
    await ledger.fail({ id, attempt: 1 }, { error: { code: 'JOB_FAILED', message: '' }, isRetryable: true, delayMs: 0 })
    expect(await rest).toEqual(['2 RUNNING -', '3 RUNNING 0.5', '4 CANCELLED 0.5'])
    expect(deafFollowers.counts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('reads the ledger on, however far it has fallen behind, and changes are read once for all who keep up', async () => {
    const id = await submit()
    const slow = followers.follow(id)
    await slow.next()
    const attempt = await claim(id)
    const many = Array.from({ length: 200 }, () => followers.follow(id))
    await Promise.all(many.map((updates) => updates.next()))
    statements.length = 0
    const all = Promise.all(many.map((updates) => collect(updates)))
    for (let i = 1; i <= 300; i++) await progress(attempt, i / 300)
    await ledger.succeed(attempt, '1')
    for (const seen of await all) {
      expect(seen).toHaveLength(301)
      expect(seen.at(-1)).toBe('303 SUCCEEDED 1')
    }
    const reads = statements.filter((sql) => sql.startsWith('select') && sql.includes('job_events'))
    expect(reads.length).toBeLessThan(2 * 301)
    const seen = await collect(slow)
    expect(seen.map((line) => Number.parseInt(line, 10))).toEqual(Array.from({ length: 302 }, (_, i) => i + 2))
  })

  test('is told when there is no such job', async () => {
    const updates = followers.follow(randomUUID())
    await expect(updates.next()).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } })
    expect(await updates.next()).toEqual({ done: true, value: undefined })
    expect(followers.counts()).toEqual({ followers: 0, jobs: 0 })
  })
})
