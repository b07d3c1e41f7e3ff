import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Which cores the gateway and the load (with the fixtures) run on; undefined where the system does not let us choose. */
export type Cores = { gateway: string; load: string } | undefined

/** The last core is the gateway's, all others are the load's. Needs `taskset` (Linux) and two cores. */
export function planCores(): Cores {
  const count = availableParallelism()
  if (count < 2 || spawnSync('taskset', ['--version']).status !== 0) return undefined
  return { gateway: String(count - 1), load: count === 2 ? '0' : `0-${count - 2}` }
}
