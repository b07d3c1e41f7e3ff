import { type ConnectionOptions, createPostgresBackend, Queue, Worker, withBackend } from 'bullmq'

/** What a delivery carries: a job's id and nothing else, since queues keep it in clear text. */
export type DeliveryData = { id: string }

/** The parts of BullMQ that are used here, alike on PostgreSQL and on Redis. */
export type DeliveryQueue = Pick<
  Queue<DeliveryData>,
  'add' | 'addBulk' | 'getJobCounts' | 'waitUntilReady' | 'close' | 'disconnect'
> & {
  on(event: 'error', listener: (error: Error) => void): unknown
}
export type DeliveryWorker = Pick<Worker<DeliveryData>, 'waitUntilReady' | 'close'> & {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** BullMQ over one of its backends. */
export type QueueBackend = {
  openQueue(): DeliveryQueue
  openWorker(options: { concurrency: number; process(data: DeliveryData): Promise<void> }): DeliveryWorker
}

const queueName = 'tributary-jobs'

/** Seconds until an idle worker looks by itself: a notification may be missed. */
const drainDelay = 1

/** How long a worker waits after its store could not be reached, in milliseconds. */
const runRetryDelay = 500

/** BullMQ in the schema `bullmq` of the ledger's database. */
export function postgresBackend(databaseUrl: string): QueueBackend {
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  const connection = (max: number) => ({
    connectionString: databaseUrl,
    migrate: true,
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
  })
  return {
    openQueue: () => new PostgresQueue<DeliveryData>(queueName, { connection: connection(2) }),
    openWorker: ({ concurrency, process }) =>
      new PostgresWorker<DeliveryData>(queueName, ({ data }) => process(data), {
        connection: connection(3),
        concurrency,
        drainDelay,
        runRetryDelay,
      }),
  }
}

/** BullMQ on Redis. */
export function redisBackend(redisUrl: string): QueueBackend {
  const retryStrategy = (times: number) => Math.min(50 * times, 500)
  // Whoever submits does not wait for a Redis that does not answer: the sweeper sends the job later.
  const queueConnection: ConnectionOptions = {
    url: redisUrl,
    retryStrategy,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
  }
  const workerConnection: ConnectionOptions = { url: redisUrl, retryStrategy, maxRetriesPerRequest: null }
  return {
    openQueue: () => new Queue<DeliveryData>(queueName, { connection: queueConnection }),
    openWorker: ({ concurrency, process }) =>
      new Worker<DeliveryData>(queueName, ({ data }) => process(data), {
        connection: workerConnection,
        concurrency,
        drainDelay,
        runRetryDelay,
      }),
  }
}
