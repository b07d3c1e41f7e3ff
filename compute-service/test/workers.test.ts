import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLog } from '@tributary/runtime/testing'
import { openDispatch } from '../src/dispatch/openDispatch.ts'
import { redisBackend } from '../src/dispatch/queueBackend.ts'
import type { Job } from '../src/index.ts'
import { type Fixture, startFixture } from './startFixture.ts'
import { storesHere } from './storesHere.ts'

let fixture: Fixture

// The same on both stores: they only carry ids.
describe.each(storesHere)('workers, dispatched over %s,', (store) => {
  beforeAll(async () => {
    fixture = await startFixture(store)
  })
  afterAll(() => fixture.stop())

  test('run a job to its end, and whoever follows it sees each change in order', async () => {
    const job = await fixture.submit('count', { to: 8, everyMs: 60 })
    const updates = await fixture.follow(job.id)
    expect(updates[0]?.job.status).toBe('QUEUED')
    expect(updates.at(-1)?.job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
    expect(updates.map(({ seq }) => seq)).toEqual(updates.map((_, i) => i + 1))
    const progress = updates.filter(({ job }) => job.status === 'RUNNING').map(({ job }) => job.progress?.fraction ?? 0)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    // The last progress is written before the end; in between only some of it.
    expect(progress.at(-1)).toBe(1)
    expect(progress.length).toBeLessThan(8)
    expect(await fixture.resultOf(job)).toEqual({ counted: 8 })
    expect(fixture.compute.followerCounts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('fill in defaults, and give back what a task returns', async () => {
    expect(await fixture.resultOf(await fixture.run('count', { to: 1 }))).toEqual({ counted: 1 })
    const odd = { text: '\u0000 ü', list: [null, 1.5] }
    expect(await fixture.resultOf(await fixture.run('echo', odd))).toEqual(odd)
  })

  test('retry what fails, and dead-letter it after the last attempt without telling what the task threw', async () => {
    expect(await fixture.run('break', { how: 'throw' })).toMatchObject({
      status: 'FAILED',
      attempt: 2,
      deadLettered: true,
      error: { code: 'JOB_FAILED', message: 'The task failed' },
    })
    expect(await fixture.run('break', { how: 'refuse' })).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      deadLettered: false,
      error: { code: 'JOB_FAILED', message: 'There is nothing to count' },
    })
  })

  test('start a job whose submitter died between commit and dispatch', async () => {
    const job = await fixture.submitUnsent('echo', 'nobody was told')
    expect(await fixture.compute.waitForEnd(job.id, 20_000)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
  })

  test('start jobs whose deliveries were lost with the queue, also those for later', async () => {
    await fixture.workers.stop()
    const jobs = await Promise.all(Array.from({ length: 5 }, (_, i) => fixture.submit('echo', i)))
    const runAt = new Date(Date.now() + 500).toISOString()
    jobs.push(await fixture.compute.submit({ kind: 'echo', input: 'later', owner: 'ann', runAt }))
    await fixture.loseDeliveries()
    await fixture.startMoreWorkers({ threads: 2 })
    for (const job of jobs)
      expect(await fixture.compute.waitForEnd(job.id, 20_000)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
  })

  test('take over from a process that was killed, and its job takes effect once', async () => {
    const other = await fixture.startWorkerProcess()
    // Two more than there are threads here.
    const jobs = await Promise.all(Array.from({ length: 4 }, () => fixture.submit('recordEffect', { waitMs: 1_500 })))
    const runBy = new Map<string | null | undefined, Job>()
    for (const job of jobs) {
      for await (const { job: now } of fixture.compute.followJob(job.id)) {
        if (!now.progress) continue
        runBy.set(now.progress.message, now)
        break
      }
    }
    const killed = runBy.get(`pid ${other.pid}`)
    if (!killed) throw new Error('Expected the other process to run one of the jobs')
    const ended = once(other, 'exit')
    other.kill('SIGKILL')
    await ended
    const updates = await fixture.follow(killed.id)
    expect(updates.at(-1)?.job).toMatchObject({ status: 'SUCCEEDED', attempt: 2 })
    expect(await fixture.resultOf(killed)).toEqual({ jobNumber: killed.number, pid: process.pid })
    const finals = updates.filter(({ job }) => job.status !== 'RUNNING' && job.status !== 'QUEUED')
    expect(finals).toHaveLength(1)
    for (const job of jobs) expect((await fixture.compute.waitForEnd(job.id, 20_000)).status).toBe('SUCCEEDED')
  })

  test('learn of a job by its id alone: the queue holds nothing of what it was given, nor of who gave it', async () => {
    const blockers = await Promise.all([1, 2].map(() => fixture.submit('untilCancelled', {})))
    for (const blocker of blockers) await fixture.untilRunning(blocker.id)
    const job = await fixture.submit('echo', { token: 'canary-5ef1' })
    const dump = await fixture.dumpQueue()
    expect(dump).toContain(job.id)
    expect(dump).not.toMatch(/canary|\bann\b/)
    for (const blocker of blockers) await fixture.compute.cancel(blocker.id)
    expect((await fixture.compute.waitForEnd(job.id, 20_000)).status).toBe('SUCCEEDED')
  })

  test('take a job of each owner in turn: one who has submitted many does not make others wait for all of them', async () => {
    const submit = (kind: string, input: unknown, owner: string) => fixture.compute.submit({ kind, input, owner })
    const [blocker, other] = [await submit('untilCancelled', {}, 'cyd'), await submit('untilCancelled', {}, 'cyd')]
    for (const { id } of [blocker, other]) await fixture.untilRunning(id)
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => submit('echo', i, 'ann')))
    const one = await submit('echo', 'one', 'bob')
    // One of the two threads is free from now on.
    await fixture.compute.cancel(blocker.id)
    const { startedAt } = await fixture.compute.waitForEnd(one.id, 20_000)
    const before: Job[] = []
    for (const { id } of many) {
      const job = await fixture.compute.waitForEnd(id, 20_000)
      expect(job.status).toBe('SUCCEEDED')
      if (job.startedAt !== null && startedAt !== null && job.startedAt < startedAt) before.push(job)
    }
    expect(before.length).toBeLessThanOrEqual(1)
    await fixture.compute.cancel(other.id)
  })

  test('start jobs of a kind with a rate one by one, and leave word in the queue for when the next may start', async () => {
    const first = await fixture.run('hourly', {})
    expect(first.status).toBe('SUCCEEDED')
    const next = await fixture.submit('hourly', {})
    // Whoever was woken for it is at work on something else already, or asleep.
    for (let i = 0; i < 4; i++) expect((await fixture.run('echo', i)).status).toBe('SUCCEEDED')
    expect(await fixture.compute.readJob(next.id)).toMatchObject({ status: 'QUEUED', attempt: 0 })
    expect(await fixture.dumpQueue()).toMatch(/hourly-\d+-0/)
    await fixture.query(`update job_kind_starts set next_at = clock_timestamp() where kind = 'hourly'`)
    expect((await fixture.compute.waitForEnd(next.id, 20_000)).status).toBe('SUCCEEDED')
  })

  // On PostgreSQL the queue has one clock.
  const onRedis = store === 'Redis' ? test : test.skip
  onRedis('leave word again when they are woken too early, as by a clock that is fast', async () => {
    const backend = redisBackend(fixture.redis?.url ?? '')
    const dispatch = await openDispatch({ backend, log: silentLog })
    const patience = AbortSignal.timeout(20_000)
    let isLeft = false
    // Again where it took so long that it was not too early.
    while (!isLeft && !patience.aborted) {
      const sql = `insert into job_kind_starts values ('hourly', clock_timestamp() + interval '900 ms')
        on conflict (kind) do update set next_at = excluded.next_at
        returning (1000000 * extract(epoch from next_at))::float8 as start`
      const [next] = await fixture.query<{ start: number }>(sql)
      const name = `hourly-${next?.start}`
      await dispatch.send([{ kind: 'hourly', start: next?.start ?? 0, tries: 0, delayMs: 0 }])
      let queue = await fixture.dumpQueue()
      while (queue.includes(`${name}-0`)) queue = await fixture.dumpQueue()
      isLeft = queue.includes(`${name}-1`)
    }
    expect(isLeft).toBe(true)
    await dispatch.stop()
    await backend.stop()
  })

  test.each(['untilCancelled', 'ignoreAbort'])('in another process stop %s when it is cancelled here', async (kind) => {
    const blockers = await Promise.all([1, 2].map(() => fixture.submit('untilCancelled', {})))
    for (const blocker of blockers) await fixture.untilRunning(blocker.id)
    const other = await fixture.startWorkerProcess()
    const job = await fixture.submit(kind, {})
    const updates = await fixture.follow(job.id, (update) => {
      if (update.job.progress?.fraction === 0.5 && update.job.status === 'RUNNING') void fixture.compute.cancel(job.id)
    })
    expect(updates.at(-1)?.job).toMatchObject({ status: 'CANCELLED', attempt: 1, error: null })
    // Its thread is free again.
    const next = await fixture.run('recordEffect', { waitMs: 0 })
    expect(await fixture.resultOf(next)).toMatchObject({ pid: other.pid })
    const ended = once(other, 'exit')
    other.kill('SIGKILL')
    await ended
    for (const blocker of blockers) await fixture.compute.cancel(blocker.id)
    for (const { id } of blockers) expect((await fixture.compute.waitForEnd(id, 20_000)).status).toBe('CANCELLED')
  })

  test('that are stopped hand their jobs to others', async () => {
    const second = await fixture.startMoreWorkers({ threads: 8 })
    const jobs = await Promise.all(Array.from({ length: 4 }, () => fixture.submit('recordEffect', { waitMs: 600 })))
    for (const job of jobs) await fixture.untilRunning(job.id)
    await second.stop()
    for (const job of jobs) {
      const updates = await fixture.follow(job.id)
      expect(updates.at(-1)?.job.status).toBe('SUCCEEDED')
      // Handed over, not found to be lost.
      expect(updates.filter((update) => update.job.error !== null)).toEqual([])
    }
  })
})

describe('workers', () => {
  beforeAll(async () => {
    fixture = await startFixture('PostgreSQL')
  })
  afterAll(() => fixture.stop())

  test('survive a task that ends its thread, eats its memory, takes too long or gives too much', async () => {
    const neighbour = fixture.submit('count', { to: 20, everyMs: 100 })
    const ends = await Promise.all([
      fixture.run('break', { how: 'exit' }),
      fixture.run('break', { how: 'memory' }),
      fixture.run('break', { how: 'large' }),
      fixture.run('break', { how: 'huge' }),
      fixture.run('tooSlow', {}),
      fixture.run('tooLong', {}),
    ])
    expect(ends).toMatchObject([
      { status: 'FAILED', attempt: 2, deadLettered: true, error: { message: 'The task ended its thread' } },
      { status: 'FAILED', attempt: 2, deadLettered: true, error: { message: 'The task ran out of memory' } },
      { status: 'FAILED', attempt: 1, error: { code: 'RESULT_TOO_LARGE' } },
      { status: 'FAILED', attempt: 1, error: { code: 'RESULT_TOO_LARGE' } },
      { status: 'FAILED', attempt: 2, deadLettered: true, error: { code: 'JOB_TIMEOUT' } },
      { status: 'FAILED', deadLettered: true, error: { message: 'The job took too long in all' } },
    ])
    expect(await fixture.compute.waitForEnd((await neighbour).id, 25_000)).toMatchObject({
      status: 'SUCCEEDED',
      attempt: 1,
    })
  })

  test('that were frozen and wake up change nothing any more', async () => {
    const other = await fixture.startWorkerProcess()
    const jobs = await Promise.all(Array.from({ length: 4 }, () => fixture.submit('recordEffect', { waitMs: 1_000 })))
    for (const job of jobs) await fixture.untilRunning(job.id)
    other.kill('SIGSTOP')
    const ends: Job[] = []
    for (const job of jobs) ends.push(await fixture.compute.waitForEnd(job.id, 20_000))
    for (const end of ends) {
      expect(end.status).toBe('SUCCEEDED')
      expect(await fixture.resultOf(end)).toMatchObject({ pid: process.pid })
    }
    expect(ends.some(({ attempt }) => attempt === 2)).toBe(true)
    other.kill('SIGCONT')
    // Four jobs more than the threads here can hold: the process that woke up is at work when they have ended.
    const later = await Promise.all(Array.from({ length: 6 }, () => fixture.submit('recordEffect', { waitMs: 300 })))
    for (const job of later) expect((await fixture.compute.waitForEnd(job.id, 20_000)).status).toBe('SUCCEEDED')
    expect(await fixture.compute.readJobs(jobs.map(({ id }) => id))).toEqual(expect.arrayContaining(ends))
    other.kill('SIGKILL')
  })

  test('with a clock that is wrong lose no lease, and take none', async () => {
    const skewed = await Promise.all(
      [600_000, -600_000].map((clockSkewMs) => fixture.startWorkerProcess({ clockSkewMs })),
    )
    // Longer than a lease, and more than there are threads here.
    const jobs = await Promise.all(Array.from({ length: 6 }, () => fixture.submit('recordEffect', { waitMs: 2_500 })))
    const ends = await Promise.all(jobs.map((job) => fixture.compute.waitForEnd(job.id, 25_000)))
    expect(ends.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(jobs.map(() => 'SUCCEEDED 1'))
    const ranBy = await Promise.all(ends.map(fixture.resultOf))
    for (const { pid } of skewed) expect(ranBy).toContainEqual(expect.objectContaining({ pid }))
    for (const process of skewed) process.kill('SIGKILL')
  }, 60_000)

  test('go on when a task throws after its end', async () => {
    expect(await fixture.run('break', { how: 'late' })).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
    // Whoever had the thread by then is tried again.
    const ends = await Promise.all(Array.from({ length: 4 }, () => fixture.run('count', { to: 4, everyMs: 20 })))
    expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'SUCCEEDED'))
  })

  test('say that a neighbour is down, and try again', async () => {
    const job = await fixture.submit('forecastDemand', {})
    const updates = await fixture.follow(job.id, ({ job: { status, attempt } }) => {
      if (status === 'QUEUED' && attempt === 1) void fixture.compute.cancel(job.id)
    })
    const retried = updates.find(({ job }) => job.status === 'QUEUED' && job.attempt === 1)
    expect(retried?.job.error).toEqual({ code: 'SERVICE_UNAVAILABLE', message: 'The orders subgraph does not answer' })
    expect(updates.at(-1)?.job.status).toBe('CANCELLED')
  })
})

test('a job that kills every process that runs it is started as often as its kind says, and all others end', async () => {
  const supervised = await startFixture('PostgreSQL')
  await supervised.workers.stop()
  let isOver = false
  // Like a supervisor: what ends is started again.
  const supervise = async () => {
    while (!isOver) {
      const child = await supervised.startWorkerProcess()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  }
  const supervising = supervise()
  try {
    const poison = await supervised.submit('break', { how: 'kill' })
    const others = await Promise.all(Array.from({ length: 20 }, (_, i) => supervised.submit('echo', i)))
    expect(await supervised.compute.waitForEnd(poison.id, 60_000)).toMatchObject({
      status: 'FAILED',
      deadLettered: true,
      attempt: 2,
      error: { code: 'JOB_WORKER_LOST' },
    })
    const ends = await Promise.all(others.map(({ id }) => supervised.compute.waitForEnd(id, 25_000)))
    expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'SUCCEEDED'))
  } finally {
    isOver = true
    await supervised.stop()
    await supervising
  }
}, 120_000)
