import { availableParallelism } from 'node:os'
import { flagSetting, type LogLevel, numberSetting, parseSettings, portSetting, StartupError } from '@tributary/runtime'
import { z } from 'zod'
import { resultPlaceOf, resultSettings } from './results/config.ts'
import type { ResultPlace } from './results/openResults.ts'
import { functionSettings } from './runners/functions/config.ts'
import { webhookSettings, webhookTargetsOf } from './webhooks/config.ts'
import type { TargetPolicyOptions } from './webhooks/createTargetPolicy.ts'

/** What workers that run alone need to know. */
export type WorkerSettings = {
  /** Where `/healthz` and `/readyz` answer. */
  port: number
  host: string
  databaseUrl: string
  redisUrl: string | undefined
  ordersUrl: string
  recommendationsUrl: string
  secret: string | undefined
  threads: number
  jobsPerOwner: number
  resultPlace: ResultPlace | undefined
  functionsFile: string | undefined
  functionSecret: string | undefined
  callbacksUrl: string
  webhookTargets: TargetPolicyOptions
  retentionMs: number
  maxHeapMb: number
  logLevel: LogLevel
}

/** The settings of `npm run start:worker`. Throws a `StartupError` for what does not parse. */
export function readWorkerSettings(env: Record<string, string | undefined> = process.env): WorkerSettings {
  const settings = parseSettings(workerSettings, env)
  if (settings.SUBGRAPH_SECRET === undefined && !settings.SUBGRAPH_OPEN) {
    throw new StartupError("Set SUBGRAPH_SECRET to the subgraphs', or SUBGRAPH_OPEN=1 when they answer everyone.")
  }
  return {
    port: settings.PORT,
    host: settings.HOST,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    ordersUrl: settings.ORDERS_URL,
    recommendationsUrl: settings.RECOMMENDATIONS_URL,
    secret: settings.SUBGRAPH_OPEN ? undefined : settings.SUBGRAPH_SECRET,
    threads: settings.WORKER_THREADS,
    jobsPerOwner: settings.JOBS_PER_OWNER,
    resultPlace: resultPlaceOf(settings),
    functionsFile: settings.FUNCTIONS_FILE,
    functionSecret: settings.FUNCTION_SECRET,
    callbacksUrl: settings.CALLBACKS_URL,
    webhookTargets: webhookTargetsOf(settings),
    retentionMs: settings.JOB_RETENTION_DAYS * 86_400_000,
    maxHeapMb: settings.WORKER_MAX_HEAP_MB,
    logLevel: settings.LOG_LEVEL,
  }
}

const endpoint = () => z.url({ protocol: /^https?$/, error: 'Expected a http:// URL' })

const workerSettings = z.object({
  PORT: portSetting(4010),
  HOST: z.string().default('127.0.0.1'),
  /** The PostgreSQL server whose database `compute` holds the ledger. */
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'Expected the address of a PostgreSQL server, as postgresql://user:password@host:5432/postgres',
  }),
  /** A Redis server for the job queue and events, instead of the database. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'Expected a redis:// URL' }).optional(),
  ORDERS_URL: endpoint().default('http://127.0.0.1:4002/graphql'),
  RECOMMENDATIONS_URL: endpoint().default('http://127.0.0.1:4003/graphql'),
  ...functionSettings.shape,
  ...webhookSettings.shape,
  /** Where functions reach the compute subgraph's `/callbacks`. */
  CALLBACKS_URL: endpoint()
    .default('http://127.0.0.1:4004/callbacks')
    .transform((url) => url.replace(/\/$/, '')),
  SUBGRAPH_SECRET: z.string().min(16, 'Expected at least 16 characters').optional(),
  SUBGRAPH_OPEN: flagSetting(false),
  /** How many tasks run at a time; as many as there are cores, at most 16, when it is not set. */
  WORKER_THREADS: numberSetting({ min: 1, max: 64, fallback: Math.min(16, availableParallelism()) }),
  /** How many jobs of one owner run at a time, in all processes together; alike in all of them. */
  JOBS_PER_OWNER: numberSetting({ min: 1, max: 10_000, fallback: 16 }),
  ...resultSettings.shape,
  /** For how many days a job that has ended is kept, with its events and its result. */
  JOB_RETENTION_DAYS: numberSetting({ min: 1, max: 36_500, fallback: 30 }),
  /** The JavaScript heap that a task may use, in MiB. */
  WORKER_MAX_HEAP_MB: numberSetting({ min: 32, max: 65_536, fallback: 1_024 }),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], 'Expected silent, error, warn, info or debug')
    .default('info'),
})
