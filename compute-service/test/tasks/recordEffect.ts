import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '../../src/runners/TaskIo.ts'

/** Waits, so that its worker can be killed, and tells which job it worked for. */
export const recordEffect: Task<{ waitMs: number }, { jobNumber: number; pid: number }> = async ({ waitMs }, io) => {
  io.progress(0.1, `pid ${process.pid}`)
  await sleep(waitMs, undefined, { signal: io.signal })
  return { jobNumber: io.jobNumber, pid: process.pid }
}
