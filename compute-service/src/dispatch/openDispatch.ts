import type { Log } from '@tributary/runtime'
import { warnSeldom } from '../warnSeldom.ts'
import type { Dispatch } from './Dispatch.ts'
import type { QueueBackend } from './queueBackend.ts'

/** How long handing over deliveries may take, in milliseconds. */
const sendTimeoutMs = 2_000

/** The sending side of a queue. */
export async function openDispatch({ backend, log }: { backend: QueueBackend; log: Log }): Promise<Dispatch> {
  const queue = backend.openQueue()
  queue.on('error', warnSeldom(log, 'the queue reports an error'))
  try {
    await queue.waitUntilReady()
  } catch (error) {
    await queue.disconnect().catch(() => {})
    throw error
  }
  return {
    async send(deliveries) {
      const jobs = deliveries.map(({ id, attempt, resend, delayMs }) => ({
        name: 'deliver',
        data: { id },
        opts: {
          // Sending a delivery that is still queued changes nothing.
          jobId: `${id}-${attempt}-${resend}`,
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
          ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
        },
      }))
      const [first] = jobs
      if (!first) return
      // On PostgreSQL adding in bulk makes temporary tables, which costs more than one job is worth.
      await withTimeout<unknown>(
        jobs.length === 1 ? queue.add(first.name, first.data, first.opts) : queue.addBulk(jobs),
      )
    },
    async countWaiting() {
      const counts = await withTimeout(queue.getJobCounts('waiting', 'prioritized'))
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    stop: () => queue.close(),
  }
}

async function withTimeout<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The queue did not answer within ${sendTimeoutMs} ms`)), sendTimeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
