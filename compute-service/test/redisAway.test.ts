import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { hasRedis, silentLog, startRedis, type TestRedis } from '@tributary/runtime/testing'
import { Redis } from 'ioredis'
import { openDispatch } from '../src/dispatch/openDispatch.ts'
import { redisBackend } from '../src/dispatch/queueBackend.ts'
import { startConsumer } from '../src/dispatch/startConsumer.ts'
import type { Job } from '../src/index.ts'
import { type Fixture, startFixture } from './startFixture.ts'

const outages: {
  what: string
  isAnswering: boolean
  begin(redis: TestRedis): unknown
  end(redis: TestRedis): unknown
}[] = [
  { what: 'full', isAnswering: true, begin: (redis) => redis.setFull(true), end: (redis) => redis.setFull(false) },
  { what: 'hung', isAnswering: false, begin: (redis) => redis.setFrozen(true), end: (redis) => redis.setFrozen(false) },
]

// The first one: BullMQ sleeps for some seconds more when it has been stopped after an error.
;(hasRedis ? test : test.skip)('a queue that answers with errors is not asked again and again', async () => {
  const stack = createStopStack()
  try {
    const { url, setFull } = stack.add(await startRedis())
    const backend = redisBackend(url)
    const dispatch = stack.add(await openDispatch({ backend, log: silentLog }))
    const deliveries = Array.from({ length: 5 }, () => ({ id: randomUUID(), attempt: 0, resend: 0, delayMs: 0 }))
    await dispatch.send(deliveries)
    await setFull(true)
    const client = new Redis(url)
    stack.add({ stop: async () => client.disconnect() })
    const countErrors = async () => Number(/errorstat_OOM:count=(\d+)/.exec(await client.info('errorstats'))?.[1] ?? 0)
    const got: object[] = []
    const arrivals = new EventEmitter()
    const deliver = async (delivery: object) => {
      got.push(delivery)
      arrivals.emit('delivery')
    }
    stack.add(await startConsumer({ backend, concurrency: 2, log: silentLog, deliver }))
    // Due more often than the queue may be asked: it is asked no more often than this has been called.
    let ticks = 0
    const ticking = setInterval(() => ticks++, 100)
    stack.add({ stop: async () => clearInterval(ticking) })
    const before = await countErrors()
    while ((await countErrors()) < before + 10) await new Promise((resolve) => setImmediate(resolve))
    expect(ticks).toBeGreaterThan(3)
    await setFull(false)
    while (got.length < deliveries.length) await once(arrivals, 'delivery')
  } finally {
    await stack.stop()
  }
})

;(hasRedis ? describe : describe.skip).each(outages)('while Redis is $what', ({ isAnswering, begin, end }) => {
  let fixture: Fixture
  let redis: TestRedis

  beforeAll(async () => {
    fixture = await startFixture('Redis')
    if (!fixture.redis) throw new Error('Expected a Redis server')
    redis = fixture.redis
  })
  afterAll(() => fixture.stop())

  const succeeded = async (jobs: Job[]) => {
    const ends = await Promise.all(jobs.map(({ id }) => fixture.compute.waitForEnd(id, 25_000)))
    expect(ends.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(jobs.map(() => 'SUCCEEDED 1'))
  }

  test('jobs are taken, those that run end, and all others do once it is back', async () => {
    const running = await fixture.submit('count', { to: 3, everyMs: 50 })
    await fixture.untilRunning(running.id)
    await begin(redis)
    await succeeded([running])
    // Nobody is at work any more who would look for the next job.
    const taken: Job[] = []
    for (let i = 0; i < 3; i++) taken.push(await fixture.submit('echo', i))
    expect(await fixture.compute.isReady()).toBe(true)
    await end(redis)
    await succeeded(taken)
    await succeeded([await fixture.submit('echo', 'as before')])
  })

  test('whoever starts does, or says why not', async () => {
    await begin(redis)
    const starting = fixture.startMoreWorkers({ threads: 1 })
    if (isAnswering) await (await starting).stop()
    else await expect(starting).rejects.toThrow(/^The Redis server at 127\.0\.0\.1:\d+ does not answer/)
    await end(redis)
  })

  test('whoever has to stop does', async () => {
    const more = await fixture.startMoreWorkers({ threads: 1 })
    await begin(redis)
    await more.stop()
    await end(redis)
  })
})
