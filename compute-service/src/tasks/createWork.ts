import { setImmediate } from 'node:timers/promises'
import type { TaskIo } from '../runners/TaskIo.ts'

/** The part of a task whose effort is known beforehand, told to whoever waits for it. */
export type Work = {
  /** Says what is being done from here on, in a few words for people. */
  begin(message: string): void
  /**
   * Counts units as done. Every few milliseconds it reports them and lets the event loop run, so that an abort arrives. Throws the
   * signal's reason once there is one.
   */
  advance(units: number): Promise<void>
}

/** How long work goes on before the event loop runs, in milliseconds. */
const sliceMs = 8

/**
 * Divides work into `totalUnits`, of any unit that is proportional to effort. Its beginning and end are at the fractions `from` and `to`
 * of the task.
 */
export function createWork(
  io: Pick<TaskIo, 'signal' | 'progress'>,
  options: { totalUnits: number; from: number; to: number },
): Work {
  const { totalUnits, from, to } = options
  let done = 0
  let message = ''
  let reportedAt = performance.now()
  const report = () => {
    reportedAt = performance.now()
    io.progress(from + (to - from) * Math.min(1, done / totalUnits), message)
    io.signal.throwIfAborted()
  }
  return {
    begin(next) {
      message = next
      report()
    },
    async advance(units) {
      done += units
      if (performance.now() - reportedAt < sliceMs) return
      report()
      await setImmediate()
      io.signal.throwIfAborted()
    },
  }
}
