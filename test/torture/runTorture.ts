import { setTimeout as sleep } from 'node:timers/promises'
import { createStopStack } from '@tributary/runtime'
import { pick, type Random, randomOf } from '../property/Random.ts'
import { checkHistory, type Faults } from './checkHistory.ts'
import { createDisturbances } from './createDisturbances.ts'
import { protocols } from './openStreamClient.ts'
import { startCluster } from './startCluster.ts'
import { type Follower, startFollower } from './startFollower.ts'
import { openTortureStore } from './store.ts'
import { submitJobs } from './submitJobs.ts'

export type TortureSettings = {
  clients: number
  jobs: number
  /** For how long the cluster is disturbed, and jobs are submitted. */
  seconds: number
  /** How long, from then on, jobs may take to end, and clients to hear of it. */
  finishSeconds: number
  /** What happens, in which order, to whom: the same for the same text, if not at the same time. */
  seed: string
}

/** {@link Faults} of all clients, and what else must not be. */
export type TortureResult = Faults & {
  seed: string
  clients: number
  jobs: number
  /** How often a client followed a job, by protocol. */
  followings: Record<string, number>
  /** How many updates clients were told, and how many were conflated. */
  updates: number
  skipped: number
  /** What was done to the cluster, by how often. */
  disturbances: Record<string, number>
  /** How many processes were killed or told to end. */
  kills: number
  /** How often clients came again. */
  resumes: number
  /** What ended streams, by protocol and how often. */
  losses: Record<string, number>
  /** Streams that said they were complete before the job had ended. */
  falseEnds: number
  /** Jobs that were not submitted, and followings that did not come to their end. */
  unfinished: number
  /** Processes that ended by themselves, or not as they should when told to. */
  crashes: string[]
  /** What services have logged as errors. */
  errors: string[]
}

/** Customers of the data set, whose jobs they are: each client is one of them. */
const users = [
  'CG-12520',
  'DV-13045',
  'SO-20335',
  'BH-11710',
  'AA-10480',
  'IM-15070',
  'HP-14815',
  'PK-19075',
  'AG-10270',
  'ZD-21925',
]

/** How many clients follow one job. */
const followersOfJob = 2

/**
 * Kills and restarts gateways, compute subgraphs, workers and stores while clients follow jobs by every protocol, each with its cursor, and
 * compares all that they were told with the ledger. `report` is told each disturbance.
 */
export async function runTorture(settings: TortureSettings, report: (line: string) => void): Promise<TortureResult> {
  const { clients, jobs, seconds, finishSeconds, seed } = settings
  const stack = createStopStack()
  const giveUp = new AbortController()
  let startedAt = performance.now()
  const say = (line: string) => report(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ${line}`)
  try {
    const cluster = stack.add(await startCluster({ workers: 2, threads: 5 }))
    const store = stack.add(openTortureStore(cluster.databaseUrl))
    const tokens = await Promise.all(users.map((userId) => cluster.keys.sign({ userId })))
    const tokenOf = (i: number) => tokens[i % users.length] ?? ''
    const gateways = cluster.gateways.map(({ url }) => url)
    const followers = Array.from({ length: clients }, (_, i) => {
      // A user's clients are of each protocol in turn, at each gateway.
      const protocol = protocols[(i + Math.floor(i / users.length)) % protocols.length] ?? protocols[0]
      return startFollower({
        protocol,
        gateways,
        at: Math.floor(i / protocols.length) % 2,
        token: tokenOf(i),
        random: randomOf(`${seed} ${i}`),
      })
    })
    stack.add({ stop: async () => void (await Promise.all(followers.map((one) => one.stop()))) })
    say('the cluster runs')
    startedAt = performance.now()

    const badExits: string[] = []
    const disturbances = createDisturbances({ cluster, store, onBadExit: (line) => badExits.push(line) })
    const done: Record<string, number> = {}
    let kills = 0
    let submitted = 0
    const disturbing = (async () => {
      const random = randomOf(`${seed} disturbances`)
      // What is killed before anybody follows anything disturbs nobody.
      while (submitted < jobs / 10 && !giveUp.signal.aborted) await sleep(50)
      while (performance.now() - startedAt < seconds * 1_000) {
        for (const { what, kind, disturb } of shuffled(disturbances, random)) {
          await sleep(500 + random() * 1_500)
          if (performance.now() - startedAt >= seconds * 1_000) return
          say(what)
          done[what] = (done[what] ?? 0) + 1
          if (kind === 'kill' || kind === 'end') kills++
          const began = performance.now()
          await disturb().catch((error) => say(`${what}: ${error}`))
          say(`  whole again after ${((performance.now() - began) / 1_000).toFixed(1)} s`)
        }
      }
    })()
    const random = randomOf(`${seed} jobs`)
    const submitting = submitJobs({
      jobs,
      spreadMs: seconds * 1_000 * 0.9,
      gateways,
      tokenOf,
      random: randomOf(`${seed} inputs`),
      signal: giveUp.signal,
      onSubmitted(job, id) {
        submitted++
        // Whose token the job was submitted with.
        const own = followers.filter((_, i) => i % users.length === job % users.length)
        const first = Math.floor(job / users.length)
        for (let n = 0; n < followersOfJob; n++) (n === 0 ? own[first % own.length] : pick(random, own))?.follow(id)
      },
    })
    await Promise.all([disturbing, submitting])
    say(`all is quiet; ${await store.describe()}`)
    const timer = setTimeout(() => giveUp.abort(), finishSeconds * 1_000)
    await Promise.race([
      Promise.all(followers.map((one) => one.done())),
      new Promise((resolve) => giveUp.signal.addEventListener('abort', resolve)),
    ])
    clearTimeout(timer)
    say(`the end; ${await store.describe()}`)
    const services = [...cluster.gateways, ...cluster.computes, cluster.users]
    return {
      seed,
      clients,
      jobs,
      ...judge(followers, await store.readLogs(), jobs - submitted),
      kills,
      disturbances: done,
      crashes: [...badExits, ...services.flatMap((one) => one.crashes())],
      errors: services.flatMap((one) => one.errors()),
    }
  } finally {
    giveUp.abort()
    await stack.stop()
  }
}

type Logs = Awaited<ReturnType<ReturnType<typeof openTortureStore>['readLogs']>>

function judge(followers: readonly Follower[], logs: Logs, unsubmitted: number) {
  const counts = {
    followings: {} as Record<string, number>,
    updates: 0,
    skipped: 0,
    resumes: 0,
    missed: 0,
    doubled: 0,
    outOfOrder: 0,
    unsaid: 0,
    wrong: 0,
    falseEnds: 0,
    unfinished: unsubmitted,
    losses: {} as Record<string, number>,
  }
  for (const { protocol, followings } of followers) {
    for (const following of followings()) {
      const { jobId, seen, fromStart } = following
      counts.followings[protocol] = (counts.followings[protocol] ?? 0) + 1
      counts.updates += seen.length
      for (const { skipped } of seen) counts.skipped += skipped
      counts.resumes += following.resumes
      counts.falseEnds += following.falseEnds
      if (!following.isDone) counts.unfinished++
      for (const loss of following.losses) {
        const how = `${protocol}, ${loss}`
        counts.losses[how] = (counts.losses[how] ?? 0) + 1
      }
      const faults = checkHistory({ log: logs.get(jobId) ?? [], seen, fromStart })
      counts.missed += faults.missed
      counts.doubled += faults.doubled
      counts.outOfOrder += faults.outOfOrder
      counts.unsaid += faults.unsaid
      counts.wrong += faults.wrong
    }
  }
  return counts
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
