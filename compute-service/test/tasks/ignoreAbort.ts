import type { Task } from '../../src/runners/TaskIo.ts'

/** Never yields and never looks at its signal. */
export const ignoreAbort: Task<unknown, never> = async (_input, { progress }) => {
  progress(0.5, 'deaf')
  for (;;) Math.random()
}
