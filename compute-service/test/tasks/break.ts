import type { Task } from '../../src/runners/TaskIo.ts'
import { taskError } from '../../src/runners/taskError.ts'

/** Fails in the way it is told. */
const breakTask: Task<
  { how: 'throw' | 'refuse' | 'exit' | 'memory' | 'large' | 'huge' | 'kill' | 'late' },
  unknown
> = async ({ how }) => {
  switch (how) {
    case 'throw':
      throw new Error('the password is hunter2')
    case 'refuse':
      throw taskError({ message: 'There is nothing to count', isRetryable: false })
    case 'exit':
      return process.exit(3)
    case 'memory': {
      const hoard: unknown[] = []
      for (;;) hoard.push(new Array(1_000).fill(0).map(Math.random))
    }
    case 'large':
      return 'x'.repeat(2 * 1024 * 1024)
    case 'huge':
      // 10 GB of JSON.
      return new Array(10_000).fill('x'.repeat(1_000_000))
    case 'kill':
      // What a crash in native code does: `process.abort` does not exist in a thread.
      return process.kill(process.pid, 'SIGKILL')
    case 'late':
      setTimeout(() => {
        throw new Error('too late for anybody')
      }, 20)
      return 'in time'
    default:
      throw how satisfies never
  }
}

export { breakTask as break }
