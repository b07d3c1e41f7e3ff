import type { Task } from '../../src/runners/TaskIo.ts'

/** Does nothing, and that seldom. */
export const hourly: Task<unknown, null> = async () => null
