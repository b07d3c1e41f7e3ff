import type { Running } from '@tributary/runtime'
import type { LoadOrder } from '../load/main.ts'
import type { LoadResult, LoadTarget } from '../load/openLoad.ts'
import { converse } from './converse.ts'
import { startProcess } from './startProcess.ts'

/** The load generator's process. One order at a time. */
export type LoadProcess = Running & {
  open(target: LoadTarget): Promise<void>
  run(durationMs: number): Promise<LoadResult>
  close(): Promise<void>
}

/** Starts it. Its promises reject when the load cannot be put on, or when the process ends. */
export async function startLoad(options: {
  program: string
  cores: string | undefined
  log: string
}): Promise<LoadProcess> {
  const { program, cores, log } = options
  const started = startProcess({ command: process.execPath, args: [program] }, { cores, log, ipc: true })
  const { ask } = await converse(started)
  const order = (one: LoadOrder) => ask(one)
  return {
    async open(target) {
      await order({ kind: 'open', target })
    },
    async run(durationMs) {
      // What load/main.ts sends for this order.
      return (await order({ kind: 'run', durationMs })) as LoadResult
    },
    async close() {
      await order({ kind: 'close' })
    },
    stop: started.stop,
  }
}
