import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '@tributary/runtime'
import { openDispatch } from '../../../compute-service/src/dispatch/openDispatch.ts'
import { openPostgresBackend, redisBackend } from '../../../compute-service/src/dispatch/queueBackend.ts'
import { readUsage } from '../process/readUsage.ts'
import type { JobsBenchSettings } from './jobsBenchSettings.ts'
import type { LedgerMeasurement } from './measureLedger.ts'
import type { JobsBench } from './startJobsBench.ts'

/** The same number of deliveries through BullMQ alone, added by as many clients and worked off by a function that does nothing. */
export async function measurePlain(
  bench: JobsBench,
  { jobs, rounds, clients }: JobsBenchSettings,
): Promise<LedgerMeasurement['rounds']> {
  const { databaseUrl, redisUrl } = bench.stores
  const backend = redisUrl === undefined ? await openPostgresBackend(databaseUrl) : redisBackend(redisUrl)
  const dispatch = await openDispatch({ backend, log: createLog({ service: 'bench', level: 'warn' }) })
  const worker = await bench.start('plainWorkerMain.ts', { concurrency: 2 })
  const countDone = () =>
    new Promise<number>((resolve) => {
      worker.child.once('message', (message: { done: number }) => resolve(message.done))
      worker.child.send('how many?')
    })
  let added = 0
  const runAll = async (count: number) => {
    const before = readUsage(process.pid).cpuMs
    const startedAt = performance.now()
    const until = added + count
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (added < until) await dispatch.send([{ id: `${added++}`, attempt: 0, resend: 0, delayMs: 0 }])
      }),
    )
    while ((await countDone()) < until) await sleep(20)
    const ms = performance.now() - startedAt
    return { jobsPerSecond: count / (ms / 1_000), cpuMsPerJob: (readUsage(process.pid).cpuMs - before) / count }
  }
  try {
    await runAll(400)
    const measured: LedgerMeasurement['rounds'] = []
    for (let round = 0; round < rounds; round++) measured.push(await runAll(jobs))
    return measured
  } finally {
    await worker.stop()
    await dispatch.stop()
    await backend.stop()
  }
}
