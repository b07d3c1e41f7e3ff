import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { Log, Running } from '@tributary/runtime'
import { Piscina } from 'piscina'
import type { TaskKind } from '../kinds/JobKind.ts'
import { maxResultBytesOf } from '../kinds/maxResultBytesOf.ts'
import type { JobProgress } from '../ledger/Job.ts'
import type { Neighbours } from './callNeighbour.ts'
import type { TaskJob, TaskOutcome, ThreadTask } from './ThreadMessage.ts'

/** Worker threads that run tasks, one at a time each. */
export type Threads = Running & {
  /**
   * Runs the kind's task to its end, however that comes: a task that ends its thread, or runs it out of memory, has failed. After `signal`
   * the task has 2 s to stop by itself, then its thread is terminated.
   */
  run(
    work: { kind: TaskKind; input: unknown; job: TaskJob },
    options: { signal: AbortSignal; onProgress(progress: JobProgress): void },
  ): Promise<TaskOutcome>
}

/** How long a task may go on after it was told to stop, in milliseconds. */
const stopGraceMs = 2_000

/** Opens the pool. Threads start when they are needed and stay for a minute. `maxHeapMb` bounds the JavaScript heap of each. */
export function openThreads(options: {
  threads: number
  maxHeapMb: number
  neighbours: Neighbours
  log: Log
}): Threads {
  const { threads, maxHeapMb, neighbours, log } = options
  const pool = new Piscina<ThreadTask, TaskOutcome>({
    filename: fileURLToPath(new URL('./threadEntry.mjs', import.meta.url)),
    name: 'runTask',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    // Threads that wait keep their event loop: what a task left behind must not surprise the next one late.
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  })
  // A thread that dies between tasks; one that dies in a task rejects its run.
  pool.on('error', (error) => log.warn({ err: error }, 'a worker thread died'))

  return {
    async run({ kind, input, job }, { signal, onProgress }) {
      const { port1, port2 } = new MessageChannel()
      const kill = new AbortController()
      let killTimer: NodeJS.Timeout | undefined
      const stop = () => {
        port1.postMessage('stop')
        killTimer = setTimeout(() => kill.abort(), stopGraceMs)
      }
      port1.on('message', onProgress)
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      try {
        const task: ThreadTask = {
          taskFile: kind.taskFile.href,
          taskName: kind.name,
          input,
          job,
          neighbours,
          maxResultBytes: maxResultBytesOf(kind),
          port: port2,
        }
        return await pool.run(task, { transferList: [port2], signal: kill.signal })
      } catch (error) {
        return toFailure(error)
      } finally {
        clearTimeout(killTimer)
        signal.removeEventListener('abort', stop)
        // The outcome may overtake progress that was sent before it.
        for (let late = receiveMessageOnPort(port1); late; late = receiveMessageOnPort(port1)) onProgress(late.message)
        port1.close()
      }
    },
    stop: () => pool.destroy(),
  }
}

function toFailure(error: unknown): TaskOutcome {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const isOutOfMemory = code === 'ERR_WORKER_OUT_OF_MEMORY'
  const message = isOutOfMemory ? 'The task ran out of memory' : 'The task ended its thread'
  return { kind: 'failed', error: { code: 'JOB_FAILED', message }, isRetryable: true, log: String(error) }
}
