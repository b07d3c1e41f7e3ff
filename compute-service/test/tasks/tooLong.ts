import { once } from 'node:events'
import type { Task } from '../../src/runners/TaskIo.ts'

/** Never ends by itself, whatever time it is given. */
export const tooLong: Task<unknown, never> = async (_input, { signal }) => {
  await once(signal, 'abort')
  throw signal.reason
}
