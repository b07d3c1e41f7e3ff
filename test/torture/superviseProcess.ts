import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '@tributary/runtime'
import type { StartedProcess } from '../startProcess.ts'

/** A program that is started again whenever it ends, as a supervisor would, on the same port. */
export type Supervised = Running & {
  name: string
  url: string
  /** Sends a signal that ends it; resolves when it runs again, with the exit code of the one that ended. */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
  /** Stops it as a debugger would, for so many milliseconds. */
  freeze(forMs: number): Promise<void>
  /** What was written by processes that ended by themselves after they ran. */
  crashes(): readonly string[]
  /** The lines that it has logged as errors. */
  errors(): readonly string[]
}

/** Between two starts, in milliseconds. */
const restartAfterMs = 200

/** How often it may end before it has run for the first time. */
const maxFirstStarts = 5

/** Starts the program, and resolves when its log has `isRunning`. One that cannot start, as its stores are away, is tried again. */
export async function superviseProcess(options: {
  name: string
  port: number
  start(port: number): StartedProcess
  isRunning: RegExp
}): Promise<Supervised> {
  const { name, port } = options
  const crashes: string[] = []
  const errors: string[] = []
  let isStopping = false
  let current: StartedProcess
  let running: Promise<void> = Promise.resolve()
  let isTold = false
  let onRunning = () => {}
  let onFailed = (_error: Error) => {}
  let starts = 0
  begin()
  const over = superviseForEver()
  await Promise.race([
    running,
    new Promise((_resolve, reject) => {
      onFailed = reject
    }),
  ])

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    async restart(signal) {
      const victim = current
      isTold = true
      begin()
      const code = await victim.stop(signal)
      await running
      return code
    },
    async freeze(forMs) {
      const victim = current
      victim.signal('SIGSTOP')
      await sleep(forMs)
      victim.signal('SIGCONT')
    },
    crashes: () => crashes,
    errors: () => errors,
    async stop() {
      isStopping = true
      await current.stop('SIGKILL')
      await over
    },
  }

  function begin(): void {
    running = new Promise((resolve) => {
      onRunning = resolve
    })
  }

  async function superviseForEver(): Promise<void> {
    while (!isStopping) {
      isTold = false
      current = options.start(port)
      const hasRun = await current.waitFor(options.isRunning).then(
        () => true,
        () => false,
      )
      if (hasRun) onRunning()
      else if (++starts === maxFirstStarts) onFailed(new Error(`${name} does not start:\n${current.output()}`))
      await current.exited
      const output = current.output()
      errors.push(...output.split('\n').filter((line) => line.includes('"level":"error"')))
      if (hasRun && !isTold && !isStopping) crashes.push(output.slice(-2_000))
      if (!isStopping) await sleep(restartAfterMs)
    }
  }
}
