import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '@tributary/runtime'
import { startWorkerProcess, type WorkerProcess } from './startWorkerProcess.ts'

/** Worker processes, of which some die. */
export type Herd = Running & {
  /** Kills a process at random that runs, and starts another in its place. */
  killOne(): Promise<void>
  /** Stops a process as a debugger would, for so many milliseconds. */
  freezeOne(forMs: number): Promise<void>
  /** Which processes were killed or frozen, and when. */
  losses(): { pid: number; at: Date }[]
  kills(): number
  /** How many ended by themselves while they ran. */
  crashes(): number
}

/** Starts them, and resolves when they run. */
export async function createHerd(options: {
  databaseUrl: string
  redisUrl: string | undefined
  workers: number
  threads: number
}): Promise<Herd> {
  const { workers, ...workerOptions } = options
  const herd = new Set<WorkerProcess>()
  const ready = new Set<WorkerProcess>()
  const frozen = new Set<WorkerProcess>()
  const losses: { pid: number; at: Date }[] = []
  let kills = 0
  let crashes = 0
  let isStopping = false
  await Promise.all(Array.from({ length: workers }, () => add().running))

  return {
    async killOne() {
      const victim = pick()
      if (!victim) return
      ready.delete(victim)
      losses.push({ pid: victim.pid, at: new Date() })
      kills++
      victim.signal('SIGKILL')
      await victim.exited
    },
    async freezeOne(forMs) {
      const victim = pick()
      if (!victim) return
      ready.delete(victim)
      frozen.add(victim)
      losses.push({ pid: victim.pid, at: new Date() })
      victim.signal('SIGSTOP')
      await sleep(forMs)
      victim.signal('SIGCONT')
      frozen.delete(victim)
      ready.add(victim)
    },
    losses: () => losses,
    kills: () => kills,
    crashes: () => crashes,
    async stop() {
      isStopping = true
      for (const one of herd) one.signal('SIGKILL')
      await Promise.all([...herd].map((one) => one.exited))
    },
  }

  /** Like a supervisor: whatever ends is started again. */
  function add(): WorkerProcess {
    const one = startWorkerProcess(workerOptions)
    herd.add(one)
    one.running.then(
      () => ready.add(one),
      () => undefined,
    )
    void one.exited.then(() => {
      herd.delete(one)
      if (ready.delete(one) && !isStopping) crashes++
      if (!isStopping) add()
    })
    return one
  }

  function pick(): WorkerProcess | undefined {
    const candidates = [...ready]
    return candidates[Math.floor(Math.random() * candidates.length)]
  }
}
