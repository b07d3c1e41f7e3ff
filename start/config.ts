import { functionSettings, resultSettings, webhookSettings } from '@tributary/compute-service'
import { numberSetting, parseSettings, portSetting } from '@tributary/runtime'
import { z } from 'zod'

/** The settings of `npm start`, which runs everything in one process. The gateway's own settings are read beside them. */
const startSettings = z.object({
  /** Where everything that outlives the process is kept: the database, keys, secrets. */
  DATA_DIR: z.string().default('.data'),
  /** A PostgreSQL server to use instead of the embedded one; each service gets a database of its own there. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'Expected a postgres:// URL' }).optional(),
  /** A Redis server for the job queue and events, instead of PostgreSQL. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'Expected a redis:// URL' }).optional(),
  /** The ports of the services behind the gateway; 0 takes any free one. */
  USERS_PORT: portSetting(0),
  ORDERS_PORT: portSetting(0),
  RECOMMENDATIONS_PORT: portSetting(0),
  COMPUTE_PORT: portSetting(0),
  ...functionSettings.shape,
  ...webhookSettings.shape,
  /** Worker threads for jobs. */
  WORKER_THREADS: numberSetting({ min: 1, max: 64, fallback: 2 }),
  ...resultSettings.shape,
  /** What the services behind the gateway log; the gateway's own level is LOG_LEVEL. */
  SERVICES_LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], 'Expected silent, error, warn, info or debug')
    .default('warn'),
})

export type StartSettings = z.infer<typeof startSettings>

/** Reads the settings of `npm start` from the environment. Throws a `StartupError` for what does not parse. */
export function readStartSettings(env: Record<string, string | undefined> = process.env): StartSettings {
  return parseSettings(startSettings, env)
}
