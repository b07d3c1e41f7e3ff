import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Workers that can be killed. */
export type WorkerProcess = {
  pid: number
  /** Resolves when it runs jobs; rejects when it ends before. */
  running: Promise<void>
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  exited: Promise<void>
}

/** Starts `workerProcess.ts`, or what `bundleWorker` made of it, with these options of `startWorkers`. */
export function startWorkerProcess(
  options: { databaseUrl: string; redisUrl: string | undefined; threads: number },
  bundle?: string,
): WorkerProcess {
  const nobody = 'http://127.0.0.1:1/graphql'
  const program = bundle === undefined ? ['--import', 'tsx', fileHere('workerProcess.ts')] : [bundle]
  const given = JSON.stringify({ ...options, ordersUrl: nobody, recommendationsUrl: nobody, maxHeapMb: 64 })
  const child = spawn(process.execPath, [...program, given], {
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

/** Makes one file of the program, which starts several times as fast, and gives it. In a process of its own: esbuild does not run within jest. */
export async function bundleWorker(): Promise<string> {
  const bundle = fileURLToPath(new URL('../../node_modules/.cache/tributary/chaos/worker.mjs', import.meta.url))
  const bundling = spawn(process.execPath, ['--import', 'tsx', fileHere('bundleWorker.ts'), bundle], {
    stdio: 'inherit',
  })
  const [code] = await once(bundling, 'exit')
  if (code !== 0) throw new Error('The worker could not be bundled')
  return bundle
}

function fileHere(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
