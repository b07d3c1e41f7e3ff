import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '@tributary/compute-service'

/** Waits. */
export const waitAWhile: Task<{ waitMs: number }, string> = async ({ waitMs }, { signal }) => {
  await sleep(waitMs, undefined, { signal })
  return 'done'
}
