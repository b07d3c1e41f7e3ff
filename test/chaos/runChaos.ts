import { setTimeout as sleep } from 'node:timers/promises'
import { type Compute, openCompute } from '@tributary/compute-service'
import { createLog, createStopStack, type Running } from '@tributary/runtime'
import { startRedis } from '@tributary/runtime/testing'
import { openDispatch } from '../../compute-service/src/dispatch/openDispatch.ts'
import { openPostgresBackend, redisBackend } from '../../compute-service/src/dispatch/queueBackend.ts'
import { chaosKind } from './chaosKind.ts'
import { createHerd } from './createHerd.ts'
import { startRestartablePostgres } from './restartablePostgres.ts'
import { type ChaosStore, openChaosStore } from './store.ts'
import { summarise } from './summarise.ts'

export type ChaosSettings = {
  jobs: number
  /** Within how many seconds, from when the workers run, every job must have ended. */
  seconds: number
  /** For how long, from the start, things are disturbed and jobs submitted. */
  disturbMs: number
  backend: 'postgres' | 'redis'
  /** How many worker processes, with two threads each. */
  workers: number
  /** How long a process is frozen. */
  freezeMs: number
}

/** `lost` jobs were accepted and have not succeeded or have no effect; `stuck` ones had not ended in time. */
export type ChaosResult = {
  jobs: number
  lost: number
  stuck: number
  duplicateEffects: number
  kills: number
  requeueP99Ms: number
}

/** How far apart disturbances are at least, in milliseconds, and how many there are at most: a worker that starts takes time from those that work. */
const disturbEveryMs = 2_000
const maxDisturbances = 150

/** For how long Redis is there and of no use, in milliseconds. */
const outageMs = 3_000

/**
 * Runs jobs while worker processes are killed and frozen, the stores are restarted and emptied, and deliveries are repeated; gives
 * what came of it. `report` is told each disturbance.
 */
export async function runChaos(settings: ChaosSettings, report: (line: string) => void): Promise<ChaosResult> {
  const { jobs, seconds, disturbMs, backend, workers, freezeMs } = settings
  const stack = createStopStack()
  let startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const say = (line: string) => report(`${(elapsedMs() / 1_000).toFixed(1)} s: ${line}`)
  try {
    const postgres = stack.add(await startRestartablePostgres())
    const redis = backend === 'redis' ? stack.add(await startRedis()) : undefined
    const stores = { databaseUrl: postgres.databaseUrl, redisUrl: redis?.url }
    const log = createLog({ service: 'chaos', level: 'silent' })
    const compute = stack.add(await openCompute({ ...stores, log, extraKinds: [chaosKind] }))
    const store = stack.add(openChaosStore({ databaseUrl: postgres.databaseUrl, maxConnections: 2 }))
    await store.createTables()
    const duplicates = stack.add(await openDuplicates(stores, store))
    const herd = stack.add(await createHerd({ ...stores, workers, threads: 2 }))
    startedAt = performance.now()
    say(`${workers} worker processes run`)

    const counts = () => store.describe().catch(() => 'the database is away')
    const outages: { from: number; to: number }[] = []
    const disturbances: [string, () => Promise<void>][] = [
      ['a worker is killed', herd.killOne],
      ['50 deliveries are repeated', duplicates.send],
      ...(redis
        ? ([
            ['Redis is flushed', redis.flush],
            [`Redis hangs for ${outageMs / 1_000} s`, () => during(redis.setFrozen)],
            [`Redis is full for ${outageMs / 1_000} s`, () => during(redis.setFull)],
          ] as [string, () => Promise<void>][])
        : []),
      ['a worker is killed', herd.killOne],
      [
        'PostgreSQL is restarted',
        async () => {
          const from = Date.now()
          await postgres.restart()
          outages.push({ from, to: Date.now() })
        },
      ],
      ['50 deliveries are repeated', duplicates.send],
      ['a worker is killed', herd.killOne],
      ...(redis
        ? ([['Redis is killed and restarted, empty', redis.killAndRestart]] as [string, () => Promise<void>][])
        : []),
    ]
    const disturbing = (async () => {
      const frozen = herd.freezeOne(freezeMs)
      say(`a worker is frozen for ${freezeMs / 1_000} s`)
      for (let i = 0; elapsedMs() < disturbMs; i++) {
        const [what, disturb] = disturbances[i % disturbances.length] ?? []
        if (!what || !disturb) break
        say(`${what}; ${await counts()}`)
        await disturb().catch((error) => say(`${what}: ${error}`))
        await sleep(Math.max(disturbEveryMs, disturbMs / maxDisturbances))
      }
      await frozen
      say('the frozen worker is revived')
    })()
    await submitAll({ compute, jobs, databaseUrl: postgres.databaseUrl, spreadMs: disturbMs * 0.8, elapsedMs })
    say(`${jobs} jobs are submitted`)
    await disturbing
    for (let looks = 1; elapsedMs() < seconds * 1_000 && (await store.countOpen()) > 0; looks++) {
      if (looks % 20 === 0) say(await counts())
      await sleep(100)
    }
    say(`the end; ${await counts()}`)
    // One that starts while a store is away may say so and end; one that runs must live through it.
    if (herd.crashes() > 0) throw new Error(`Expected no worker to end by itself, ${herd.crashes()} did`)
    // What was revived must have had the time to write, if it could.
    return await summarise({ jobs, store, losses: herd.losses(), kills: herd.kills(), outages })
  } finally {
    await stack.stop()
  }
}

/** Switches an outage on, and off again. */
async function during(outage: (isOn: boolean) => unknown): Promise<void> {
  await outage(true)
  await sleep(outageMs)
  await outage(false)
}

/** Submits as a client would that is cut off now and then: again, with the same key, until it is told an id. */
async function submitAll(options: {
  compute: Compute
  jobs: number
  databaseUrl: string
  spreadMs: number
  elapsedMs(): number
}): Promise<void> {
  const { compute, jobs, databaseUrl, spreadMs, elapsedMs } = options
  // Some run for so long that kills meet them; a thousand are enough.
  const longEvery = Math.max(20, Math.ceil(jobs / 1_000))
  let next = 0
  const submitter = async () => {
    for (;;) {
      const i = next++
      if (i >= jobs) return
      // The first half at once, so that there is a queue; the others one by one.
      const dueMs = i < jobs / 2 ? 0 : ((i - jobs / 2) / (jobs / 2)) * spreadMs
      await sleep(Math.max(0, dueMs - elapsedMs()))
      const input = { databaseUrl, waitMs: i % longEvery === 0 ? 1_000 : i % 30 }
      // Seven, so that all have long ones.
      await untilAccepted(() =>
        compute.submit({ kind: chaosKind.name, input, owner: `owner ${i % 7}`, idempotencyKey: `${i}` }),
      )
    }
  }
  await Promise.all(Array.from({ length: 8 }, submitter))
}

async function untilAccepted(submit: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await submit()
      return
    } catch {
      await sleep(100)
    }
  }
}

async function openDuplicates(
  stores: { databaseUrl: string; redisUrl: string | undefined },
  store: ChaosStore,
): Promise<Running & { send(): Promise<void> }> {
  const log = createLog({ service: 'chaos', level: 'silent' })
  const backend =
    stores.redisUrl === undefined ? await openPostgresBackend(stores.databaseUrl) : redisBackend(stores.redisUrl)
  const dispatch = await openDispatch({ backend, log })
  let round = 1_000_000
  return {
    async send() {
      const ids = await store.readSomeIds(25)
      round++
      // Each twice, under names of their own: the queue itself would drop what is named alike.
      const twice = [...ids, ...ids].map((id, i) => ({ id, attempt: round, resend: i, delayMs: 0 }))
      await dispatch.send(twice)
    },
    async stop() {
      await dispatch.stop()
      await backend.stop()
    },
  }
}
