import type { Log } from '@tributary/runtime'
import type { JobEvents } from './JobEvents.ts'
import type { MessageKind } from './JobMessage.ts'
import { openPostgresEvents } from './postgresEvents.ts'
import { openRedisEvents } from './redisEvents.ts'

/**
 * {@link JobEvents} over Redis when there is one, else over the ledger's own database. Hears messages of the given kinds, of all when there are none given:
 * each kind has a channel of its own, for what nobody needs to hear costs whoever carries it and whoever reads it.
 */
export function openEvents(options: {
  databaseUrl: string
  redisUrl: string | undefined
  hears?: readonly MessageKind[]
  log: Log
}): Promise<JobEvents> {
  const { databaseUrl, redisUrl, hears, log } = options
  return redisUrl === undefined
    ? openPostgresEvents({ url: databaseUrl, hears, log })
    : openRedisEvents({ url: redisUrl, hears, log })
}
