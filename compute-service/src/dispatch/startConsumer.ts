import type { Log } from '@tributary/runtime'
import { warnSeldom } from '../warnSeldom.ts'
import { closeOrCutOff } from './closeOrCutOff.ts'
import type { Consumer } from './Dispatch.ts'
import type { QueueBackend } from './queueBackend.ts'

/** The receiving side of a queue. A `deliver` that rejects is logged; the sweeper sends the job again if it still has to run. */
export async function startConsumer(options: {
  backend: QueueBackend
  concurrency: number
  log: Log
  deliver(jobId: string): Promise<void>
}): Promise<Consumer> {
  const { backend, concurrency, deliver, log } = options
  const inHand = new Set<Promise<void>>()
  const worker = backend.openWorker({
    concurrency,
    process({ id }) {
      const delivery = deliver(id)
        .catch((error) => log.error({ err: error, jobId: id }, 'a delivery could not be worked off'))
        .finally(() => inHand.delete(delivery))
      inHand.add(delivery)
      return delivery
    },
  })
  worker.on('error', warnSeldom(log, 'the queue reports an error'))
  try {
    await worker.waitUntilReady()
  } catch (error) {
    await worker.close(true).catch(() => {})
    throw error
  }
  return {
    async stop() {
      // Takes nothing new from now on.
      void worker.close()
      while (inHand.size > 0) await Promise.all(inHand)
      await closeOrCutOff(worker)
    },
  }
}
