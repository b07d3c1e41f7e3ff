import { once } from 'node:events'
import type { Task } from '../../src/runners/TaskIo.ts'

/** Waits for its end. */
export const untilCancelled: Task<unknown, never> = async (_input, { signal, progress }) => {
  progress(0.5, 'waiting')
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}
