import type { Task } from '../../src/runners/TaskIo.ts'

/** Gives a text that is so many bytes of JSON. */
export const large: Task<{ bytes: number }, string> = async ({ bytes }) => 'x'.repeat(bytes - 2)
