import cluster, { type Worker } from 'node:cluster'
import { type Log, type Running, StartupError } from '@tributary/runtime'
import { passLines } from './passLines.ts'

export type GatewayWorkersOptions = {
  /** How many processes serve, beside this one. */
  count: number
  log: Log
}

/** The wait before a worker that died is replaced doubles from the one to the other while workers die young, in milliseconds. */
const minDelayMs = 100
const maxDelayMs = 10_000

/** A worker that lived for so long has not died young. */
const youngMs = 60_000

/** How many workers may die young in succession, for each that there is to be: then something is wrong that no worker will put right. */
const maxYoungDeaths = 10

/** How long workers may take to drain, in milliseconds; each has a deadline of its own before. */
const drainMs = 14_500

/**
 * Runs the gateway in several processes on one port, by node's cluster: this very program again, which is to start a gateway where
 * `cluster.isWorker`. Resolves when all listen. A worker that dies is replaced; stopping lets all drain. What they write comes out line by line. Throws a
 * `StartupError` when the first cannot start, which has said why; ends this process with 1 when workers go on dying.
 */
export async function startGatewayWorkers({ count, log }: GatewayWorkersOptions): Promise<Running> {
  const workers = new Set<Worker>()
  const pending = new Set<NodeJS.Timeout>()
  let youngDeaths = 0
  let isStarted = false
  let stopping: Promise<void> | undefined
  let allGone = () => {}
  cluster.setupPrimary({ silent: true })

  // The port may be taken: one is enough to find out.
  if (!(await start())) throw new StartupError('No gateway worker could start.')
  await Promise.all(Array.from({ length: count - 1 }, start))
  isStarted = true
  log.info({ workers: workers.size }, 'gateway workers listen')
  return { stop }

  /** Whether it listens, when it does or has died. */
  function start(): Promise<boolean> {
    const startedMs = performance.now()
    const worker = cluster.fork()
    workers.add(worker)
    const { pid, stdout, stderr } = worker.process
    if (stdout) passLines(stdout, process.stdout)
    if (stderr) passLines(stderr, process.stderr)
    return new Promise((resolve) => {
      worker.once('listening', () => {
        log.info({ worker: worker.id, pid }, 'gateway worker listens')
        resolve(true)
      })
      worker.once('exit', (code, signal) => {
        workers.delete(worker)
        resolve(false)
        if (workers.size === 0) allGone()
        if (stopping || (!isStarted && workers.size === 0)) return
        log.error({ worker: worker.id, pid, code, signal }, 'gateway worker died')
        youngDeaths = performance.now() - startedMs < youngMs ? youngDeaths + 1 : 0
        replace()
      })
    })
  }

  function replace(): void {
    if (youngDeaths > maxYoungDeaths * count) {
      log.error('gateway workers go on dying: giving up')
      void stop().finally(() => process.exit(1))
      return
    }
    const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** Math.max(0, youngDeaths - 1))
    const timer = setTimeout(() => {
      pending.delete(timer)
      void start().then((listens) => {
        if (listens) log.info({ workers: workers.size }, 'gateway worker replaced')
      })
    }, delayMs)
    pending.add(timer)
  }

  function stop(): Promise<void> {
    stopping ??= new Promise<void>((resolve) => {
      for (const timer of pending) clearTimeout(timer)
      const deadline = setTimeout(() => {
        for (const { process: child } of workers) child.kill('SIGKILL')
      }, drainMs)
      allGone = () => {
        clearTimeout(deadline)
        resolve()
      }
      if (workers.size === 0) allGone()
      for (const { process: child } of workers) child.kill('SIGTERM')
    })
    return stopping
  }
}
