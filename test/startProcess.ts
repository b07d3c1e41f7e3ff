import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of ours in a process of its own. */
export type StartedProcess = {
  /** What it has written to standard output and error so far. */
  output(): string
  /** Resolves with the match when the output has it. Rejects when the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends a signal to the process, as Ctrl-C or a supervisor would, and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void
  exited: Promise<number | null>
  pid: number
}

const root = fileURLToPath(new URL('../', import.meta.url))
const endWithParent = fileURLToPath(new URL('./endWithParent.mjs', import.meta.url))

/** Runs `tsx <file>`, or `node <file>` where it is JavaScript, from the project's folder, with these variables and without jest's options. */
export function startProcess(file: string, env: Record<string, string>, args: readonly string[] = []): StartedProcess {
  const loader = file.endsWith('.mjs') ? [] : ['--import', 'tsx']
  const child = spawn(process.execPath, ['--import', endWithParent, ...loader, file, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  let text = ''
  let hasExited = false
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      tell()
    })
  }
  const exited = once(child, 'close').then(([code]: (number | null)[]) => {
    hasExited = true
    tell()
    return code ?? null
  })
  return {
    pid: child.pid ?? 0,
    exited,
    output: () => text,
    waitFor(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text)
          if (match) resolve(match)
          else if (hasExited) reject(new Error(`It ended before it wrote ${pattern}:\n${text}`))
          else return
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      })
    },
    signal: (signal) => void child.kill(signal),
    stop(signal = 'SIGINT') {
      child.kill(signal)
      return exited
    },
  }
}
