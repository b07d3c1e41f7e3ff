import type { JobProgress } from '../ledger/Job.ts'

/** How often progress is written at most, in milliseconds. */
const writeEveryMs = 250

/** Writes progress now and then, one write at a time; of what comes in between the newest wins. */
export type ProgressWriter = {
  put(progress: JobProgress): void
  /** Resolves when the newest progress has been written and no write is under way. */
  flush(): Promise<void>
}

/** A {@link ProgressWriter}. `write` must not reject. */
export function createProgressWriter(write: (progress: JobProgress) => Promise<void>): ProgressWriter {
  let pending: JobProgress | undefined
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  return {
    put(progress) {
      pending = progress
      schedule()
    },
    async flush() {
      clearTimeout(timer)
      timer = undefined
      while (writing || pending) {
        if (!writing) start()
        await writing
      }
    },
  }

  function schedule(): void {
    if (timer || writing || !pending) return
    timer = setTimeout(start, Math.max(0, writtenAt + writeEveryMs - performance.now()))
  }

  function start(): void {
    clearTimeout(timer)
    timer = undefined
    if (!pending) return
    const progress = pending
    pending = undefined
    writtenAt = performance.now()
    writing = write(progress).finally(() => {
      writing = undefined
      schedule()
    })
  }
}
