import type { JobsMeasurement } from './JobsMeasurement.ts'

/** A measurement for people. */
export function formatJobs({ backend, jobs, plain, ratio, idleMs, ...own }: JobsMeasurement): string {
  return [
    `${backend}: ${jobs} tiny jobs, from GraphQL to their end in the ledger`,
    `  with the ledger  ${own.jobsPerSecond} jobs/s, ${own.cpuMsPerJob} ms CPU a job`,
    `  BullMQ alone     ${plain.jobsPerSecond} jobs/s, ${plain.cpuMsPerJob} ms CPU a job`,
    `  the ledger costs ${ratio.time} times the time and ${ratio.cpu} times the CPU of BullMQ alone`,
    `  an idle system ends a job ${idleMs.p50} ms after it was submitted (median; p99 ${idleMs.p99} ms)`,
  ].join('\n')
}
