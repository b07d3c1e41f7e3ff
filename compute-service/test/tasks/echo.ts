import type { Task } from '../../src/runners/TaskIo.ts'

/** Gives back what it got. */
export const echo: Task<unknown, unknown> = async (input) => input
