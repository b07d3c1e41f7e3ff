import type { JobsMeasurement } from './JobsMeasurement.ts'
import type { Backend, JobsBenchSettings } from './jobsBenchSettings.ts'
import { type LedgerMeasurement, measureLedger } from './measureLedger.ts'
import { measurePlain } from './measurePlain.ts'
import { startJobsBench } from './startJobsBench.ts'

/** Measures both on one backend, each on stores of its own. `report` is told what is being done. */
export async function runJobsBench(
  settings: JobsBenchSettings,
  backend: Backend,
  report: (line: string) => void,
): Promise<JobsMeasurement> {
  report(`${backend}: ${settings.rounds} times ${settings.jobs} jobs of BullMQ alone`)
  const plainBench = await startJobsBench(backend)
  const plain = best(await measurePlain(plainBench, settings).finally(plainBench.stop))
  report(`${backend}: ${settings.rounds} times ${settings.jobs} jobs with the ledger`)
  const bench = await startJobsBench(backend)
  const { rounds, idleMs } = await measureLedger(bench, settings).finally(bench.stop)
  const own = best(rounds)
  return {
    backend,
    jobs: settings.jobs,
    jobsPerSecond: Math.round(own.jobsPerSecond),
    cpuMsPerJob: round(own.cpuMsPerJob),
    plain: { jobsPerSecond: Math.round(plain.jobsPerSecond), cpuMsPerJob: round(plain.cpuMsPerJob) },
    ratio: { time: round(plain.jobsPerSecond / own.jobsPerSecond), cpu: round(own.cpuMsPerJob / plain.cpuMsPerJob) },
    idleMs: { p50: round(quantile(idleMs, 0.5)), p99: round(quantile(idleMs, 0.99)) },
  }
}

/** What else the machine does can only slow a round down. */
function best(rounds: LedgerMeasurement['rounds']): LedgerMeasurement['rounds'][number] {
  return {
    jobsPerSecond: Math.max(...rounds.map(({ jobsPerSecond }) => jobsPerSecond)),
    cpuMsPerJob: Math.min(...rounds.map(({ cpuMsPerJob }) => cpuMsPerJob)),
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

const round = (value: number) => Math.round(value * 100) / 100
