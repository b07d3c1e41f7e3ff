import type { Backend } from './jobsBenchSettings.ts'

/** What came of it, one of these a backend. */
export type JobsMeasurement = {
  backend: Backend
  jobs: number
  /** From the first submission, by GraphQL through the gateway, to the last job's end in the ledger. */
  jobsPerSecond: number
  /** CPU time of all processes, the stores and the clients too, in milliseconds. */
  cpuMsPerJob: number
  /** The same jobs over BullMQ alone. */
  plain: { jobsPerSecond: number; cpuMsPerJob: number }
  /** How much of everything a job takes, in multiples of a job of BullMQ alone. */
  ratio: { time: number; cpu: number }
  /** Of an idle system, one job at a time: from the request that submits it to the answer that it has ended, in milliseconds. */
  idleMs: { p50: number; p99: number }
}
