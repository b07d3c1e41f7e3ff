import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '@tributary/compute-service'
import type { ChaosInput, ChaosOutput } from './chaosKind.ts'
import { type ChaosStore, openChaosStore } from './store.ts'

/** One a thread: a connection for each task would measure connecting. */
const stores = new Map<string, ChaosStore>()

/** Tells that it runs, works for a while, and writes its effect. */
export const recordEffect: Task<ChaosInput, ChaosOutput> = async ({ databaseUrl, waitMs }, { jobId, attempt }) => {
  const store = stores.get(databaseUrl) ?? openChaosStore({ databaseUrl, maxConnections: 1 })
  stores.set(databaseUrl, store)
  await store.writeStart({ jobId, attempt, pid: process.pid })
  // Deaf on purpose: an attempt that was fenced off must fail at the fence, not before it.
  await sleep(waitMs)
  await store.writeEffect({ jobId, attempt })
  return { attempt }
}
