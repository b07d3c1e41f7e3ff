import type { Log } from '@tributary/runtime'
import { Redis } from 'ioredis'
import type { JobEvents } from './JobEvents.ts'
import { type JobMessage, readMessage, writeMessage } from './JobMessage.ts'

const channel = 'tributary:jobs'

/** {@link JobEvents} by Redis pub/sub, over two connections: one that subscribes cannot publish. */
export async function openRedisEvents({ url, log }: { url: string; log: Log }): Promise<JobEvents> {
  const listeners = new Set<(message: JobMessage) => void>()
  const options = {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
    retryStrategy: (times: number) => Math.min(50 * times, 500),
  }
  const publisher = new Redis(url, options)
  const subscriber = new Redis(url, options)
  for (const redis of [publisher, subscriber]) {
    redis.on('error', (error) => log.warn({ err: error }, 'job events: Redis'))
  }
  subscriber.on('message', (_channel, text) => {
    const message = readMessage(text)
    if (message) for (const listener of listeners) listener(message)
  })
  try {
    await Promise.all([publisher.connect(), subscriber.connect()])
    await subscriber.subscribe(channel)
  } catch (error) {
    publisher.disconnect()
    subscriber.disconnect()
    throw error
  }
  return {
    channel: undefined,
    async publish(message) {
      await publisher.publish(channel, writeMessage(message))
    },
    listen(listener) {
      const entry = (message: JobMessage) => listener(message)
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    async stop() {
      listeners.clear()
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
