import { openCompute } from '@tributary/compute-service'
import { createStopStack } from '@tributary/runtime'
import { silentLog } from '@tributary/runtime/testing'
import { chaosKind } from './chaos/chaosKind.ts'
import { startRestartablePostgres } from './chaos/restartablePostgres.ts'
import { startWorkerProcess } from './chaos/startWorkerProcess.ts'
import { openChaosStore } from './chaos/store.ts'

const stack = createStopStack()
afterAll(() => stack.stop())

test('who has nothing to do while PostgreSQL is restarted, again and again, goes on with the next job', async () => {
  const { databaseUrl, restart } = stack.add(await startRestartablePostgres())
  const compute = stack.add(await openCompute({ databaseUrl, log: silentLog, extraKinds: [chaosKind] }))
  const store = stack.add(openChaosStore({ databaseUrl, maxConnections: 1 }))
  await store.createTables()
  // The only one, and nobody starts it again.
  const worker = startWorkerProcess({ databaseUrl, redisUrl: undefined, threads: 1 })
  stack.add({ stop: async () => worker.signal('SIGKILL') })
  await worker.running
  for (let round = 0; round < 3; round++) {
    await restart()
    const { id } = await compute.submit({ kind: chaosKind.name, input: { databaseUrl, waitMs: 0 }, owner: 'ann' })
    expect(await compute.waitForEnd(id, 25_000)).toMatchObject({ status: 'SUCCEEDED' })
    // As soon after the last one as it goes: they are connecting still.
    await restart()
  }
}, 120_000)
