import { setTimeout as sleep } from 'node:timers/promises'
import { createStopStack } from '@tributary/runtime'
import { readUsage } from '../process/readUsage.ts'
import type { JobsBenchSettings } from './jobsBenchSettings.ts'
import { openClient } from './openClient.ts'
import type { JobsBench } from './startJobsBench.ts'

/** How many jobs warm the processes up, and how many measure an idle system. */
const warmUpJobs = 400
const idleJobs = 60

export type LedgerMeasurement = {
  rounds: { jobsPerSecond: number; cpuMsPerJob: number }[]
  /** Sorted. */
  idleMs: number[]
}

/** Submits tiny jobs through the gateway and waits until the ledger has the end of all of them; then one by one. */
export async function measureLedger(
  bench: JobsBench,
  { jobs, rounds, clients, workers }: JobsBenchSettings,
): Promise<LedgerMeasurement> {
  const stack = createStopStack()
  try {
    const [port] = await Promise.all([
      bench.startServer(),
      ...Array.from({ length: workers }, () => bench.start('workerMain.ts', { threads: workers === 1 ? 2 : 1 })),
    ])
    const open = await Promise.all(Array.from({ length: clients }, () => openClient({ port, token: bench.token })))
    for (const client of open) stack.add({ stop: async () => client.close() })

    const runAll = async (count: number) => {
      const before = readUsage(process.pid).cpuMs
      const startedAt = performance.now()
      let next = 0
      await Promise.all(
        open.map(async (client) => {
          while (next++ < count) await client.submit(next)
        }),
      )
      while ((await countOpen()) > 0) await sleep(20)
      const ms = performance.now() - startedAt
      return { jobsPerSecond: count / (ms / 1_000), cpuMsPerJob: (readUsage(process.pid).cpuMs - before) / count }
    }
    const countOpen = async () => {
      const { rows } = await bench.database.query(
        `select count(*)::int as n from jobs where status in ('QUEUED', 'RUNNING')`,
      )
      return rows[0].n
    }

    await runAll(warmUpJobs)
    const measured: LedgerMeasurement['rounds'] = []
    for (let round = 0; round < rounds; round++) measured.push(await runAll(jobs))
    const [client] = open
    const idleMs: number[] = []
    for (let i = 0; client && i < idleJobs; i++) {
      const startedAt = performance.now()
      const status = await client.waitForEnd(await client.submit(i))
      if (status !== 'SUCCEEDED') throw new Error(`Expected a tiny job to succeed, it is ${status}`)
      idleMs.push(performance.now() - startedAt)
    }
    const { rows } = await bench.database.query(`select count(*)::int as n from jobs where status <> 'SUCCEEDED'`)
    if (rows[0].n > 0) throw new Error(`${rows[0].n} jobs did not succeed`)
    return { rounds: measured, idleMs: idleMs.sort((a, b) => a - b) }
  } finally {
    await stack.stop()
  }
}
