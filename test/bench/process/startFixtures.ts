import type { Running } from '@tributary/runtime'
import { type SubgraphName, subgraphNames } from '../graph/subgraphNames.ts'
import { startProcess } from './startProcess.ts'

/** The subgraphs' process, and the URL of each. */
export async function startFixtures(options: {
  program: string
  graphDirectory: string
  cores: string | undefined
  log: string
  /** How long each answer takes. */
  delayMs?: number
}): Promise<Running & { urls: Record<SubgraphName, string> }> {
  const { program, graphDirectory, cores, log } = options
  const started = startProcess(
    { command: process.execPath, args: [program, graphDirectory, String(options.delayMs ?? 0)] },
    { cores, log, ipc: true },
  )
  const told = new Promise<number[]>((resolve) =>
    started.child.once('message', (message: { ports: number[] }) => resolve(message.ports)),
  )
  const ports = await Promise.race([told, started.ended])
  const url = (name: SubgraphName) => `http://127.0.0.1:${ports[subgraphNames.indexOf(name)]}/graphql`
  return {
    urls: {
      accounts: url('accounts'),
      inventory: url('inventory'),
      products: url('products'),
      reviews: url('reviews'),
    },
    stop: started.stop,
  }
}
