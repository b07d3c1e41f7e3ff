import { type Log, StartupError } from '@tributary/runtime'
import { Redis } from 'ioredis'
import { warnSeldom } from '../warnSeldom.ts'
import type { JobEvents } from './JobEvents.ts'
import { type JobMessage, type MessageKind, messageKinds, readMessage, writeMessage } from './JobMessage.ts'

const channels: Record<MessageKind, string> = { changed: 'tributary:jobs', cancelRequested: 'tributary:cancellations' }

/** {@link JobEvents} by Redis pub/sub, over two connections: one that subscribes cannot publish. Throws a `StartupError` when there is no Redis. */
export async function openRedisEvents(options: {
  url: string
  hears?: readonly MessageKind[] | undefined
  log: Log
}): Promise<JobEvents> {
  const { url, hears = messageKinds, log } = options
  const listeners = new Set<(message: JobMessage) => void>()
  const connection = {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
    retryStrategy: (times: number) => Math.min(50 * times, 500),
  }
  const publisher = new Redis(url, { ...connection, enableAutoPipelining: true })
  const subscriber = new Redis(url, connection)
  const warn = warnSeldom(log, 'Redis does not carry the events of jobs')
  for (const redis of [publisher, subscriber]) redis.on('error', warn)
  subscriber.on('message', (_channel, text) => {
    const message = readMessage(text)
    if (message) for (const listener of listeners) listener(message)
  })
  try {
    await Promise.all([publisher.connect(), subscriber.connect()])
    await subscriber.subscribe(...hears.map((kind) => channels[kind]))
  } catch {
    publisher.disconnect()
    subscriber.disconnect()
    throw new StartupError(
      `The Redis server at ${new URL(url).host} does not answer: start it, or correct REDIS_URL, or leave it out.`,
    )
  }
  return {
    async publish(message) {
      await publisher.publish(channels[message.kind], writeMessage(message))
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
