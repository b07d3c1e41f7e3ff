import type { Log } from '@tributary/runtime'
import { warnSeldom } from '../warnSeldom.ts'
import { closeOrCutOff } from './closeOrCutOff.ts'
import type { Consumer } from './Dispatch.ts'
import type { DeliveryData, QueueBackend } from './queueBackend.ts'

/** How long to take nothing after the queue has reported an error, in milliseconds. */
const restMs = 500

/** The receiving side of a queue. A `deliver` that rejects is logged; the sweeper sends the job again if it still has to run. */
export async function startConsumer(options: {
  backend: QueueBackend
  concurrency: number
  log: Log
  deliver(delivery: DeliveryData): Promise<void>
}): Promise<Consumer> {
  const { backend, concurrency, deliver, log } = options
  const inHand = new Set<Promise<void>>()
  const worker = backend.openWorker({
    concurrency,
    process(data) {
      const delivery = deliver(data)
        .catch((error) => log.error({ err: error, ...data }, 'a delivery could not be worked off'))
        .finally(() => inHand.delete(delivery))
      inHand.add(delivery)
      return delivery
    },
  })
  const warn = warnSeldom(log, 'the queue reports an error')
  let rest: NodeJS.Timeout | undefined
  let isStopping = false
  worker.on('error', (error) => {
    warn(error)
    // BullMQ asks again at once after every answer that is an error, such as that there is no room.
    if (rest !== undefined || isStopping) return
    void worker.pause(true)
    rest = setTimeout(() => {
      rest = undefined
      void worker.resume()
    }, restMs)
  })
  try {
    await worker.waitUntilReady()
  } catch (error) {
    isStopping = true
    clearTimeout(rest)
    await worker.close(true).catch(() => {})
    throw error
  }
  return {
    async stop() {
      isStopping = true
      clearTimeout(rest)
      // Takes nothing new from now on.
      void worker.close()
      while (inHand.size > 0) await Promise.all(inHand)
      await closeOrCutOff(worker)
    },
  }
}
