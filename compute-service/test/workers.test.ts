import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { type Compute, type JobUpdate, openCompute, startWorkers } from '../src/index.ts'
import { testKinds } from './testKinds.ts'

let compute: Compute
const stack = createStopStack()

beforeAll(async () => {
  const database = await createTestDatabase()
  stack.add({ stop: () => database.drop() })
  const options = { databaseUrl: database.url, log: silentLog, extraKinds: testKinds }
  compute = stack.add(await openCompute(options))
  stack.add(
    await startWorkers({
      ...options,
      ordersUrl: 'http://127.0.0.1:1/graphql',
      recommendationsUrl: 'http://127.0.0.1:1/graphql',
      secret: 'secret',
      threads: 2,
      maxHeapMb: 64,
    }),
  )
}, 60_000)
afterAll(() => stack.stop())

async function follow(id: string, after?: number): Promise<JobUpdate[]> {
  const updates: JobUpdate[] = []
  for await (const update of compute.followJob(id, { after })) updates.push(update)
  return updates
}

describe('a job', () => {
  test('runs to its end, and whoever follows it sees each change in order', async () => {
    const job = await compute.submit({ kind: 'echo', input: { a: ['\u0000', 1] }, owner: 'ann' })
    const updates = await follow(job.id)
    expect(updates.map(({ job }) => job.status)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED'])
    expect(updates.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await compute.readResults([job.id]))[0]?.result).toEqual({ a: ['\u0000', 1] })
  })
})
