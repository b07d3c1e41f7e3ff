import type { Log } from '@tributary/runtime'
import { warnSeldom } from '../warnSeldom.ts'
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
  const worker = backend.openWorker({
    concurrency,
    async process({ id }) {
      try {
        await deliver(id)
      } catch (error) {
        log.error({ err: error, jobId: id }, 'a delivery could not be worked off')
      }
    },
  })
  worker.on('error', warnSeldom(log, 'the queue reports an error'))
  try {
    await worker.waitUntilReady()
  } catch (error) {
    await worker.close(true).catch(() => {})
    throw error
  }
  return { stop: () => worker.close() }
}
