import { z } from 'zod'
import type { LogLevel } from '../process/createLog.ts'
import { flagSetting, parseSettings, portSetting } from '../process/parseSettings.ts'
import { StartupError } from '../process/StartupError.ts'

/** What every subgraph needs to know when it runs alone. */
export type SubgraphSettings = {
  port: number
  host: string
  /** The PostgreSQL server in which the subgraph has a database of its own. */
  databaseUrl: string
  /** What the gateway signs its requests with; undefined answers everyone. */
  secret: string | undefined
  logLevel: LogLevel
}

/**
 * Reads PORT, HOST, DATABASE_URL, SUBGRAPH_SECRET, SUBGRAPH_OPEN and LOG_LEVEL. Throws a {@link StartupError} for what does not
 * parse, and when there is neither a secret nor the word to run without one.
 */
export function readSubgraphSettings(
  env: Record<string, string | undefined>,
  options: { defaultPort: number },
): SubgraphSettings {
  const settings = parseSettings(shape.extend({ PORT: portSetting(options.defaultPort) }), env)
  if (settings.SUBGRAPH_SECRET === undefined && !settings.SUBGRAPH_OPEN) {
    throw new StartupError(
      "Set SUBGRAPH_SECRET to the gateway's, or SUBGRAPH_OPEN=1 to answer everyone as an anonymous client.",
    )
  }
  return {
    port: settings.PORT,
    host: settings.HOST,
    databaseUrl: settings.DATABASE_URL,
    secret: settings.SUBGRAPH_OPEN ? undefined : settings.SUBGRAPH_SECRET,
    logLevel: settings.LOG_LEVEL,
  }
}

const shape = z.object({
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'Expected the address of a PostgreSQL server, as postgresql://user:password@host:5432/postgres',
  }),
  SUBGRAPH_SECRET: z.string().min(16, 'Expected at least 16 characters').optional(),
  SUBGRAPH_OPEN: flagSetting(false),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], 'Expected silent, error, warn, info or debug')
    .default('info'),
})
