import type { Log } from '@tributary/runtime'
import type { JobEvents } from './JobEvents.ts'
import { openPostgresEvents } from './postgresEvents.ts'
import { openRedisEvents } from './redisEvents.ts'

/** {@link JobEvents} over Redis when there is one, else over the ledger's own database. */
export function openEvents(options: {
  databaseUrl: string
  redisUrl: string | undefined
  log: Log
}): Promise<JobEvents> {
  const { databaseUrl, redisUrl, log } = options
  return redisUrl === undefined
    ? openPostgresEvents({ url: databaseUrl, log })
    : openRedisEvents({ url: redisUrl, log })
}
