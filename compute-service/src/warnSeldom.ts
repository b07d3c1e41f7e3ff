import type { Log } from '@tributary/runtime'

/** How long to keep quiet after a warning, in milliseconds. */
const quietMs = 5_000

/** Logs errors that come by the dozen while a store is away: one each 5 s, with how many were left out since. */
export function warnSeldom(log: Log, message: string): (error: unknown) => void {
  let quietUntil = 0
  let leftOut = 0
  return (error) => {
    const now = performance.now()
    if (now < quietUntil) {
      leftOut++
      return
    }
    log.warn({ err: error, ...(leftOut > 0 && { leftOut }) }, message)
    quietUntil = now + quietMs
    leftOut = 0
  }
}
