import type { Running } from '@tributary/runtime'
import type { LoadOrder } from '../load/main.ts'
import type { LoadResult, LoadTarget } from '../load/openLoad.ts'
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
  const reply = () =>
    Promise.race([
      new Promise((resolve, reject) =>
        started.child.once('message', (message: { result?: unknown; error?: string }) =>
          message.error === undefined ? resolve(message.result) : reject(new Error(message.error)),
        ),
      ),
      started.ended,
    ])
  const order = (one: LoadOrder) => {
    const replied = reply()
    started.child.send(one)
    return replied
  }
  await reply()
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
