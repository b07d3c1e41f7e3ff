import { appendFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { makeFolder } from '../process/makeFolder.ts'
import { StartupError } from '../process/StartupError.ts'

/** The Redis stream that tells gateways of revoked tokens: `XADD tributary:revoked * revoke <entry>`. */
export const revocationStream = 'tributary:revoked'

/** How long entries are kept in the stream, in milliseconds: longer than any token lives. */
const keepMs = 400 * 24 * 60 * 60_000

/** The file in a data folder that lists revoked tokens. */
export function revocationsPath(dataDir: string): string {
  return join(dataDir, 'revoked')
}

/**
 * Revokes a token (`jti:<id>`), or all of a user's that were issued up to a time (`sub:<seconds>:<user>`): in the data folder's file, and in Redis where there is one.
 * Throws a {@link StartupError} for what a person can put right.
 */
export async function revokeToken(
  entry: string,
  { dataDir, redisUrl }: { dataDir: string; redisUrl?: string | undefined },
): Promise<void> {
  const path = revocationsPath(dataDir)
  try {
    await makeFolder(dirname(path))
    await appendFile(path, `${entry}\n`, { mode: 0o644 })
  } catch (cause) {
    throw new StartupError(`The file ${path} cannot be written: make its folder writable, or set DATA_DIR.`, { cause })
  }
  if (redisUrl === undefined) return
  const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    await redis.xadd(revocationStream, 'MINID', '~', Date.now() - keepMs, '*', 'revoke', entry)
  } catch (cause) {
    throw new StartupError(
      `The Redis server at ${new URL(redisUrl).host} does not answer: start it, or correct REDIS_URL, or leave it out.`,
      { cause },
    )
  } finally {
    redis.disconnect()
  }
}
