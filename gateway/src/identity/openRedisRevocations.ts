import { setTimeout as wait } from 'node:timers/promises'
import { type Log, type Running, StartupError } from '@tributary/runtime'
import { revocationStream } from '@tributary/runtime/identity'
import { Redis } from 'ioredis'
import type { RevocationList } from './createRevocationList.ts'

/** How long Redis is asked to wait for news, how much longer its answer may take, and how long until it is asked again after a failure, in milliseconds. */
const blockMs = 5_000
const answerMs = 3_000
const retryMs = 250

/** How many entries are read at a time. */
const batch = 10_000

/**
 * Adds what a Redis stream (XADD, XREAD) says to the list, all that is in it and then what is added, in order: a stream is a log that is read
 * behind a cursor, so nothing is missed while Redis is away. Throws a `StartupError` when it does not answer at first.
 */
export async function openRedisRevocations(options: { url: string; list: RevocationList; log: Log }): Promise<Running> {
  const { url, list, log } = options
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: blockMs + answerMs,
    retryStrategy: (times: number) => Math.min(50 * times, 500),
  })
  redis.on('error', (error) => log.debug({ err: error }, 'Redis connection'))
  let cursor = '0-0'
  let isStopped = false
  try {
    await redis.connect()
    while (await read('none'));
  } catch {
    redis.disconnect()
    throw new StartupError(
      `The Redis server at ${new URL(url).host} does not answer: start it, or correct REDIS_URL, or leave it out.`,
    )
  }
  const following = follow()
  return {
    async stop() {
      isStopped = true
      redis.disconnect()
      await following
    },
  }

  async function follow(): Promise<void> {
    let isAway = false
    while (!isStopped) {
      try {
        await read('wait')
        isAway = false
      } catch (error) {
        if (isStopped) return
        if (!isAway) log.error({ err: error }, 'Redis does not tell of revoked tokens: those known before hold')
        isAway = true
        // It may hang, rather than be gone.
        if (redis.status === 'ready') redis.disconnect(true)
        await wait(retryMs)
      }
    }
  }

  /** False when there was nothing behind the cursor. */
  async function read(block: 'none' | 'wait'): Promise<boolean> {
    const found =
      block === 'wait'
        ? await redis.xread('COUNT', batch, 'BLOCK', blockMs, 'STREAMS', revocationStream, cursor)
        : await redis.xread('COUNT', batch, 'STREAMS', revocationStream, cursor)
    const entries = found?.[0]?.[1] ?? []
    const last = entries.at(-1)
    if (!last) return false
    list.add(entries.flatMap(([, fields]) => fields.filter((_, n) => n % 2 === 1)))
    cursor = last[0]
    return true
  }
}
