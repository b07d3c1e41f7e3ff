import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { z } from 'zod'
import { defineKind, type Job } from '../src/index.ts'
import { readSubmission } from '../src/kinds/readSubmission.ts'
import { openStores, type Stores } from '../src/openStores.ts'
import { type Fixture, startFixture } from './startFixture.ts'

const kindOf = (name: string, retryDelayMs: number) =>
  defineKind({
    ...{ name, description: 'For tests.', input: z.json(), output: z.json(), maxAttempts: 5, timeoutMs: 20_000 },
    ...{ taskFile: new URL('./tasks/echo.ts', import.meta.url), retryDelayMs },
  })

describe('after an attempt that failed', () => {
  const stack = createStopStack()
  const kinds = [kindOf('patient', 10_000), kindOf('hasty', 1_000)]
  let stores: Stores

  beforeAll(async () => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    stores = stack.add(
      await openStores({ hears: ['changed'], databaseUrl: database.url, log: silentLog, extraKinds: kinds }),
    )
  })
  afterAll(() => stack.stop())

  /** Ends an attempt of each of so many new jobs of the kind, after as many as said that were lost without a delay. */
  async function failTogether(kindName: string, { jobs, attempt }: { jobs: number; attempt: number }): Promise<Job[]> {
    const { ledger, ending } = stores
    const failed = async () => {
      const request = { kind: kindName, input: 1, owner: 'ann', idempotencyKey: randomUUID() }
      const submitted = await ledger.submit(readSubmission(request, stores.kinds))
      if (submitted.kind !== 'created') throw new Error('Expected a new job')
      const { id } = submitted.job
      for (let before = 1; before < attempt; before++) {
        await ledger.claim(id, 60_000)
        await ledger.fail({ id, attempt: before }, { ...reason, isRetryable: true, delayMs: 0 })
      }
      const claimed = await ledger.claim(id, 60_000)
      if (!claimed) throw new Error('Expected the job to be claimed')
      const { job: after } = await ending.end(claimed.job, stores.kinds.get(kindName), {
        ...failure,
        isRetryable: true,
      })
      if (!after) throw new Error('Expected the attempt to end')
      return after
    }
    return Promise.all(Array.from({ length: jobs }, failed))
  }
  const reason = { error: { code: 'JOB_FAILED', message: 'It was raining' } }
  const failure = { kind: 'failed', ...reason } as const

  test.each([
    { kind: 'patient', attempt: 1, longestMs: 10_000 },
    { kind: 'patient', attempt: 2, longestMs: 20_000 },
    { kind: 'patient', attempt: 3, longestMs: 40_000 },
    { kind: 'patient', attempt: 4, longestMs: 60_000 },
    { kind: 'hasty', attempt: 3, longestMs: 4_000 },
  ])(
    'number $attempt of a $kind kind, the next is due in half to all of $longestMs ms, and not for all jobs at once',
    async (given) => {
      const jobs = await failTogether(given.kind, { jobs: 8, attempt: given.attempt })
      const waitsMs = jobs.map(({ runAt, updatedAt }) => Date.parse(runAt) - Date.parse(updatedAt))
      for (const job of jobs) expect(job).toMatchObject({ status: 'QUEUED', attempt: given.attempt, ...reason })
      for (const waitMs of waitsMs) {
        // The database reads its clock twice, for when it is due and for when that was written.
        expect(waitMs).toBeGreaterThan(given.longestMs * 0.5 - 500)
        expect(waitMs).toBeLessThanOrEqual(given.longestMs)
      }
      expect(new Set(waitsMs).size).toBeGreaterThan(1)
    },
  )

  test('the last one, the job is dead-lettered, with the reason', async () => {
    for (const job of await failTogether('hasty', { jobs: 2, attempt: 5 })) {
      expect(job).toMatchObject({ status: 'FAILED', deadLettered: true, attempt: 5, maxAttempts: 5, ...reason })
    }
  })
})

describe('what is dead-lettered', () => {
  let fixture: Fixture

  beforeAll(async () => {
    fixture = await startFixture('PostgreSQL')
  })
  afterAll(() => fixture.stop())

  test('is revived, runs again, and whoever follows it sees it all', async () => {
    const dead = await fixture.run('failUntil', { attempt: 4 })
    const reason = { code: 'JOB_FAILED', message: 'Attempt 2 is too early' }
    expect(dead).toMatchObject({ status: 'FAILED', deadLettered: true, attempt: 2, error: reason })
    expect(await fixture.compute.retry(dead.id)).toMatchObject({ status: 'QUEUED', attempt: 2, maxAttempts: 4 })
    expect(await fixture.compute.waitForEnd(dead.id, 25_000)).toMatchObject({
      status: 'SUCCEEDED',
      deadLettered: false,
      attempt: 4,
      error: null,
    })
    expect(await fixture.resultOf(dead)).toBe(4)
    const history = (await fixture.follow(dead.id)).map(({ job: { status, attempt } }) => `${status} ${attempt}`)
    expect(history).toEqual([
      ...['QUEUED 0', 'RUNNING 1', 'QUEUED 1', 'RUNNING 2', 'FAILED 2'],
      ...['QUEUED 2', 'RUNNING 3', 'QUEUED 3', 'RUNNING 4', 'SUCCEEDED 4'],
    ])
  })
})
