import type { Running } from './Running.ts'
import { StartupError } from './StartupError.ts'

/** How long stopping may take before the process ends all the same. */
const stopDeadlineMs = 15_000

/** Ctrl-C comes twice under npm: from the terminal, and passed on by npm. What comes this soon is the same. */
const sameSignalMs = 1_000

/**
 * Runs a program: starts it, waits for SIGINT or SIGTERM, stops it in order and exits with 0. A {@link StartupError} is printed
 * as its one sentence, exit code 1. A second signal a second
 * later, or 15 s, end the process at once with 1.
 */
export async function runMain(start: (signal: AbortSignal) => Promise<Running>): Promise<void> {
  const abort = new AbortController()
  let running: Running | undefined
  let signalledMs: number | undefined

  const onSignal = () => {
    if (signalledMs !== undefined) {
      if (performance.now() - signalledMs > sameSignalMs) process.exit(1)
      return
    }
    signalledMs = performance.now()
    abort.abort()
    setTimeout(() => exitAfter('Stopping took longer than 15 s', 1), stopDeadlineMs).unref()
    // Whatever is being started is stopped as soon as it has started.
    if (running) stopAndExit(running)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('uncaughtException', (error) => exitAfter(error, 1))
  try {
    running = await start(abort.signal)
  } catch (error) {
    exitAfter(error instanceof StartupError ? error.message : error, 1)
  }
  if (signalledMs !== undefined) stopAndExit(running)
}

function stopAndExit(running: Running): void {
  running.stop().then(
    () => process.exit(0),
    (error) => exitAfter(error, 1),
  )
}

function exitAfter(reason: unknown, code: number): never {
  console.error(reason)
  process.exit(code)
}
