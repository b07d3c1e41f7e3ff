import type { Running } from './Running.ts'
import { StartupError } from './StartupError.ts'

/** How long stopping may take before the process ends all the same. */
const stopDeadlineMs = 15_000

/**
 * Runs a program: starts it, waits for SIGINT or SIGTERM, stops it in order and exits with 0. A {@link StartupError} is printed
 * as its one sentence, exit code 1. A second signal, or 15 s, end the process at once with 1.
 */
export async function runMain(start: (signal: AbortSignal) => Promise<Running>): Promise<void> {
  const abort = new AbortController()
  let running: Running | undefined
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    abort.abort()
    setTimeout(() => exitAfter('Stopping took longer than 15 s', 1), stopDeadlineMs).unref()
    if (running) {
      running.stop().then(
        () => process.exit(0),
        (error) => exitAfter(error, 1),
      )
    }
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('uncaughtException', (error) => exitAfter(error, 1))
  try {
    running = await start(abort.signal)
  } catch (error) {
    exitAfter(error instanceof StartupError ? error.message : error, stopping ? 0 : 1)
  }
  if (stopping) {
    stopping = false
    stop()
  }
}

function exitAfter(reason: unknown, code: number): never {
  console.error(reason)
  process.exit(code)
}
