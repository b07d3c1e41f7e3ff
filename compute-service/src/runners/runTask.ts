import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { JobProgress } from '../ledger/Job.ts'
import { collectFiles } from './collectFiles.ts'
import type { Task, TaskIo } from './TaskIo.ts'
import type { TaskOutcome, ThreadTask } from './ThreadMessage.ts'
import { isTaskError } from './taskError.ts'
import { writeResult } from './writeResult.ts'

/** How often a task's progress leaves the thread at most, in milliseconds. */
const progressEveryMs = 100

/** Runs one task to its end, inside a worker thread. Never throws: what the task throws is told as an outcome. */
export async function runTask(given: ThreadTask): Promise<TaskOutcome> {
  const abort = new AbortController()
  const { port, neighbours } = given
  const progress = createProgress(port)
  const collected = collectFiles()
  port.on('message', () => abort.abort())
  const io: TaskIo = {
    signal: abort.signal,
    jobId: given.job.id,
    attempt: given.job.attempt,
    jobNumber: given.job.number,
    progress(fraction, message) {
      // A task that never yields to the event loop would not learn that it shall stop.
      if (!abort.signal.aborted && receiveMessageOnPort(port)) abort.abort()
      progress.put({ fraction: toFraction(fraction), message: message?.slice(0, 200) ?? null })
    },
    keepFile: collected.keep,
    // Loaded by those tasks alone that need them: an HTTP client is most of a thread's start.
    readPurchases: async () => (await import('./readPurchases.ts')).readPurchases(neighbours, abort.signal),
    publishModel: async (model) => (await import('./publishModel.ts')).publishModel(model, neighbours, abort.signal),
    publishSegments: async (segmentation) =>
      (await import('./publishModel.ts')).publishSegments(segmentation, neighbours, abort.signal),
  }
  try {
    const task = await loadTask(given)
    const resultJson = writeResult((await task(given.input, io)) ?? null, given.maxResultBytes)
    return { kind: 'succeeded', resultJson, files: collected.files() }
  } catch (error) {
    return toFailure(error)
  } finally {
    progress.flush()
    port.close()
  }
}

/** The tasks that this thread has loaded: importing one again asks the loader's thread, which costs more than a small task. */
const loaded = new Map<string, Task<unknown, unknown>>()

async function loadTask({ taskFile, taskName }: ThreadTask): Promise<Task<unknown, unknown>> {
  const known = loaded.get(taskFile)
  if (known) return known
  const exported: Record<string, unknown> = await import(taskFile)
  const found = exported[taskName]
  if (typeof found !== 'function') throw new Error(`Expected ${taskFile} to export the function ${taskName}`)
  // The kind's schema has checked the input that the task declares.
  const task = found as Task<unknown, unknown>
  loaded.set(taskFile, task)
  return task
}

function toFailure(error: unknown): TaskOutcome {
  const log =
    error instanceof Error ? `${error.stack}${error.cause ? `\ncaused by ${error.cause}` : ''}` : String(error)
  if (isTaskError(error)) {
    return {
      kind: 'failed',
      error: { code: error.code, message: error.message },
      isRetryable: error.isRetryable,
      log,
    }
  }
  return { kind: 'failed', error: { code: 'JOB_FAILED', message: 'The task failed' }, isRetryable: true, log }
}

function toFraction(fraction: number): number {
  return Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0
}

/** Sends the newest progress over the port, now and then: a task may report far more often than anyone can read. */
function createProgress(port: MessagePort): { put(progress: JobProgress): void; flush(): void } {
  let pending: JobProgress | undefined
  let sentAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  return {
    put(progress) {
      pending = progress
      if (performance.now() - sentAt >= progressEveryMs) send()
      else timer ??= setTimeout(send, progressEveryMs)
    },
    flush: send,
  }

  function send(): void {
    clearTimeout(timer)
    timer = undefined
    if (!pending) return
    port.postMessage(pending)
    pending = undefined
    sentAt = performance.now()
  }
}
