import type { ChaosResult } from './runChaos.ts'
import type { ChaosStore } from './store.ts'

/** While the database is away, and for the leases' length after it, nobody's job is queued again; in milliseconds. */
const outageMarginMs = 3_000

/** Reads what came of it. Losses that met an outage of the database count, but are not timed. */
export async function summarise(options: {
  jobs: number
  store: ChaosStore
  losses: { pid: number; at: Date }[]
  kills: number
  outages: { from: number; to: number }[]
}): Promise<ChaosResult> {
  const { jobs, store, losses, kills, outages } = options
  const verdict = await store.readVerdict()
  const timed = losses.filter(({ at }) =>
    outages.every(({ from, to }) => at.getTime() < from - outageMarginMs || at.getTime() > to + outageMarginMs),
  )
  const requeues = await store.readRequeues(timed)
  return {
    jobs,
    lost: jobs - verdict.jobs + verdict.failed + verdict.withoutEffect,
    stuck: verdict.open,
    duplicateEffects: verdict.secondEffects,
    kills,
    requeueP99Ms: Math.round(percentile(requeues, 0.99)),
  }
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
