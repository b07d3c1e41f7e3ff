import type { Running } from '@tributary/runtime'
import { openDatabase } from '@tributary/runtime/database'
import {
  type ConnectionOptions,
  createPostgresBackend,
  DEFAULT_SCHEMA,
  Queue,
  runMigrations,
  Worker,
  withBackend,
} from 'bullmq'
import type { JobDelivery, StartDelivery } from './Dispatch.ts'

/** What a queue keeps of a delivery, in clear text: nothing of what the job is about. */
export type DeliveryData = JobDelivery | StartDelivery

/** The parts of BullMQ that are used here, alike on PostgreSQL and on Redis. */
export type DeliveryQueue = Pick<
  Queue<DeliveryData>,
  'add' | 'addBulk' | 'getJobCounts' | 'waitUntilReady' | 'close' | 'disconnect'
> & {
  on(event: 'error', listener: (error: Error) => void): unknown
}
export type DeliveryWorker = Pick<
  Worker<DeliveryData>,
  'waitUntilReady' | 'pause' | 'resume' | 'close' | 'disconnect'
> & {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** BullMQ over one of its backends. Stopped when what it opened is closed. */
export type QueueBackend = Running & {
  openQueue(): DeliveryQueue
  openWorker(options: { concurrency: number; process(data: DeliveryData): Promise<void> }): DeliveryWorker
}

const queueName = 'tributary-jobs'

/** Seconds until an idle worker looks by itself: a notification may be missed. */
const drainDelay = 1

/** How long a worker waits after its store could not be reached, in milliseconds. */
const runRetryDelay = 500

/** How many connections to PostgreSQL a process needs for its queue: two that send, three that take, one that listens. */
const maxConnections = 6

/**
 * Opens BullMQ in the schema `bullmq` of the ledger's database, over connections of ours: one of its own that breaks while nobody asks it
 * anything, or as it is made, ends the process.
 */
export async function openPostgresBackend(databaseUrl: string): Promise<QueueBackend> {
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  const url = new URL(databaseUrl)
  const options = url.searchParams.get('options') ?? ''
  url.searchParams.set('options', `${options} -c search_path=${DEFAULT_SCHEMA}`.trim())
  const { pool: connection, stop } = openDatabase({ url: url.href, maxConnections })
  try {
    const client = await connection.connect()
    // A connection that breaks amid the migration is in no state to be used again.
    await runMigrations(client).then(
      () => client.release(),
      (error) => {
        client.release(true)
        throw error
      },
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    openQueue: () => new PostgresQueue<DeliveryData>(queueName, { connection }),
    openWorker: ({ concurrency, process }) =>
      new PostgresWorker<DeliveryData>(queueName, ({ data }) => process(data), {
        connection,
        concurrency,
        drainDelay,
        runRetryDelay,
      }),
    stop,
  }
}

/** BullMQ on Redis. */
export function redisBackend(redisUrl: string): QueueBackend {
  const shared = {
    url: redisUrl,
    retryStrategy: (times: number) => Math.min(50 * times, 500),
    // How long whoever hangs up waits for the other side to do so, in milliseconds.
    disconnectTimeout: 200,
  }
  // Whoever submits does not wait for a Redis that does not answer: the sweeper sends the job later.
  const queueConnection: ConnectionOptions = { ...shared, maxRetriesPerRequest: 1, commandTimeout: 1_000 }
  const workerConnection: ConnectionOptions = { ...shared, maxRetriesPerRequest: null }
  return {
    openQueue: () => new Queue<DeliveryData>(queueName, { connection: queueConnection }),
    openWorker: ({ concurrency, process }) =>
      new Worker<DeliveryData>(queueName, ({ data }) => process(data), {
        connection: workerConnection,
        concurrency,
        drainDelay,
        runRetryDelay,
      }),
    stop: async () => undefined,
  }
}
