import type { Task } from '../../src/runners/TaskIo.ts'
import { taskError } from '../../src/runners/taskError.ts'

/** Fails in each attempt before this one. */
export const failUntil: Task<{ attempt: number }, number> = async (input, { attempt }) => {
  if (attempt < input.attempt) throw taskError({ message: `Attempt ${attempt} is too early`, isRetryable: true })
  return attempt
}
