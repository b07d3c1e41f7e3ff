import { createStopStack, type Running } from '@tributary/runtime'
import { startConsumer } from './dispatch/startConsumer.ts'
import { openStores, type StoreOptions } from './openStores.ts'
import { createRunner } from './runners/createRunner.ts'
import { openThreads } from './runners/openThreads.ts'
import { startExpiry } from './startExpiry.ts'
import { createTargetPolicy, type TargetPolicyOptions } from './webhooks/createTargetPolicy.ts'
import { startWebhooks } from './webhooks/startWebhooks.ts'

export type WorkerOptions = Omit<StoreOptions, 'onStatement' | 'downloads'> & {
  /** The orders subgraph's GraphQL endpoint, which purchases are read from. */
  ordersUrl: string
  /** The recommendations subgraph's, which models are published to. */
  recommendationsUrl: string
  /** The base URL below which functions report: the compute subgraph's `/callbacks`. Needed where kinds have functions. */
  callbacksUrl?: string | undefined
  /** What requests to subgraphs, and webhooks, are signed with; undefined when they run open: no webhooks are sent then. */
  secret: string | undefined
  /** Where webhooks may go. */
  webhookTargets?: TargetPolicyOptions | undefined
  /** How many tasks run at a time, each in a thread of its own. */
  threads: number
  /** How long a job that has ended is kept, in milliseconds. 30 days by default. */
  retentionMs?: number
  /** The JavaScript heap that a task may use, in MiB. 1,024 by default. */
  maxHeapMb?: number
}

export type Workers = Running & {
  /** Whether the ledger answers. */
  isReady(): Promise<boolean>
}

/**
 * Runs jobs until it is stopped; any number of processes may do so on the same stores. Stopping tells running tasks to end and queues
 * their jobs again, for another worker.
 */
export async function startWorkers(options: WorkerOptions): Promise<Workers> {
  const { ordersUrl, recommendationsUrl, secret, threads: concurrency, log, callbacksUrl = '' } = options
  const stack = createStopStack()
  const stores = stack.add(
    await openStores({ ...options, hears: ['cancelRequested'], maxConnections: options.maxConnections ?? 5 }),
  )
  const { ledger, dispatch, events, queueBackend, results, canceller, ending, kinds, limits } = stores
  try {
    const threads = stack.add(
      openThreads({
        threads: concurrency,
        maxHeapMb: options.maxHeapMb ?? 1_024,
        neighbours: { ordersUrl, recommendationsUrl, secret },
        log,
      }),
    )
    stack.add(startExpiry({ ledger, results, retentionMs: options.retentionMs ?? 30 * 86_400_000, log }))
    if (secret !== undefined) {
      stack.add(startWebhooks({ ledger, policy: createTargetPolicy(options.webhookTargets), secret, log }))
    }
    const runner = createRunner({
      ledger,
      dispatch,
      ending,
      events,
      threads,
      canceller,
      callbacksUrl,
      kinds,
      limits,
      log,
    })
    const consumer = await startConsumer({ backend: queueBackend, concurrency, log, deliver: runner.deliver })
    stack.add({
      async stop() {
        // The consumer takes nothing new from now on, and waits for what the runner is ending.
        await Promise.all([consumer.stop(), runner.stop()])
      },
    })
    return {
      isReady: ledger.isReady,
      stop() {
        stores.boundStop()
        return stack.stop()
      },
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
