import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '../../src/runners/TaskIo.ts'

/** Takes longer than its kind allows. */
export const tooSlow: Task<unknown, string> = async (_input, { signal }) => {
  await sleep(60_000, undefined, { signal })
  return 'never'
}
