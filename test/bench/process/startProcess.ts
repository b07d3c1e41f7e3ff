import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Running } from '@tributary/runtime'

export type Command = { command: string; args: readonly string[]; cwd?: string; env?: Record<string, string> }

export type StartedProcess = Running & {
  pid: number
  child: ChildProcess
  /** Rejects when the process ends before it is stopped; never resolves. */
  ended: Promise<never>
}

/** How long a process may take to end before it is killed. */
const stopDeadlineMs = 5_000

/**
 * Starts a program, pinned to `cores` where given, with its output appended to the file `log`. With `ipc`, node's message channel is
 * open. Throws when it cannot be started.
 */
export function startProcess(
  { command, args, cwd, env }: Command,
  options: { cores: string | undefined; log: string; ipc?: boolean },
): StartedProcess {
  const [program = '', ...rest] = options.cores
    ? ['taskset', '-c', options.cores, command, ...args]
    : [command, ...args]
  const output = openSync(options.log, 'a')
  const child = spawn(program, rest, {
    cwd,
    env,
    stdio: ['ignore', output, output, ...(options.ipc ? (['ipc'] as const) : [])],
  })
  closeSync(output)
  if (child.pid === undefined) throw new Error(`Could not start ${program}`)
  let isStopping = false
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`))
    child.once('error', (error) => resolve(error.message))
  })
  const ended = gone.then((how) => {
    if (!isStopping) throw new Error(`${command} ${how}; its output is in ${options.log}`)
    return new Promise<never>(() => {})
  })
  // Whoever waits for something of the process races with `ended`; until then it may reject without a listener.
  ended.catch(() => {})
  return {
    pid: child.pid,
    child,
    ended,
    async stop() {
      isStopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs)
      await gone
      clearTimeout(timer)
    },
  }
}
