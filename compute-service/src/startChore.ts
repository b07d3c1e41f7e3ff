import type { Log, Running } from '@tributary/runtime'
import { warnSeldom } from './warnSeldom.ts'

/** Calls `work` each `everyMs` until it is stopped, unless the last call is under way still; logs `complaint` when that rejects. */
export function startChore(options: { everyMs: number; work(): Promise<void>; log: Log; complaint: string }): Running {
  const { everyMs, work, log, complaint } = options
  const warn = warnSeldom(log, complaint)
  let working: Promise<void> | undefined
  const timer = setInterval(() => {
    working ??= work()
      .catch(warn)
      .finally(() => {
        working = undefined
      })
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
