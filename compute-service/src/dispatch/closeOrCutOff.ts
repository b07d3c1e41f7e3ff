import { answerWithin } from './answerWithin.ts'
import type { DeliveryQueue } from './queueBackend.ts'

/** How long a queue may take to let its connections go, in milliseconds. */
const closeTimeoutMs = 2_000

/** Closes one side of a queue; cuts its connections off when the store does not answer: whoever has to stop does not wait for it. */
export async function closeOrCutOff(side: Pick<DeliveryQueue, 'close' | 'disconnect'>): Promise<void> {
  try {
    await answerWithin(closeTimeoutMs, side.close())
  } catch {
    await answerWithin(closeTimeoutMs, side.disconnect()).catch(() => undefined)
  }
}
