import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundleOf } from '@tributary/runtime/testing'

/** Workers that can be killed. */
export type WorkerProcess = {
  pid: number
  /** Resolves when it runs jobs; rejects when it ends before. */
  running: Promise<void>
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  exited: Promise<void>
}

/** Starts `workerProcess.ts`, which has been bundled, with these options of `startWorkers`. */
export function startWorkerProcess(options: {
  databaseUrl: string
  redisUrl: string | undefined
  threads: number
}): WorkerProcess {
  const nobody = 'http://127.0.0.1:1/graphql'
  const given = JSON.stringify({ ...options, ordersUrl: nobody, recommendationsUrl: nobody, maxHeapMb: 64 })
  const child = spawn(process.execPath, [bundleOf('test/chaos/workerProcess.ts'), given], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
  })
  child.stdin.on('error', () => undefined)
  const exited = once(child, 'exit').then(() => undefined)
  const ended = exited.then(() => {
    throw new Error('A worker process ended before it ran')
  })
  ended.catch(() => undefined)
  const running = Promise.race([once(child.stdout, 'data').then(() => undefined), ended])
  // Whoever kills it while it starts does not wait for it.
  running.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    running,
    exited,
    signal: (name) => void child.kill(name),
  }
}
