import type { Log } from '@tributary/runtime'
import { warnSeldom } from '../warnSeldom.ts'
import { answerWithin } from './answerWithin.ts'
import { closeOrCutOff } from './closeOrCutOff.ts'
import type { Dispatch } from './Dispatch.ts'
import type { DeliveryData, QueueBackend } from './queueBackend.ts'

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
      const jobs = deliveries.map(({ delayMs, ...data }) => ({
        name: 'deliver',
        data,
        opts: {
          // Sending a delivery that is still queued changes nothing.
          jobId: nameOf(data),
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
          ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
        },
      }))
      const [first] = jobs
      if (!first) return
      // On PostgreSQL adding in bulk makes temporary tables, which costs more than one job is worth.
      await answerWithin<unknown>(
        sendTimeoutMs,
        jobs.length === 1 ? queue.add(first.name, first.data, first.opts) : queue.addBulk(jobs),
      )
    },
    async countWaiting() {
      const counts = await answerWithin(sendTimeoutMs, queue.getJobCounts('waiting', 'prioritized'))
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    stop: () => closeOrCutOff(queue),
  }
}

function nameOf(data: DeliveryData): string {
  return 'kind' in data ? `${data.kind}-${data.start}-${data.tries}` : `${data.id}-${data.attempt}-${data.resend}`
}
