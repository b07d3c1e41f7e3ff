import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '../../src/runners/TaskIo.ts'

/** Counts, reporting each step. */
export const count: Task<{ to: number; everyMs: number }, { counted: number }> = async ({ to, everyMs }, io) => {
  for (let step = 1; step <= to; step++) {
    if (everyMs > 0) await sleep(everyMs, undefined, { signal: io.signal })
    io.progress(step / to, `${step} of ${to}`)
  }
  return { counted: to }
}
