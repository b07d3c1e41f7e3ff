import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { hasRedis, type TestRedis } from '@tributary/runtime/testing'
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
