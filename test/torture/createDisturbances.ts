import type { Cluster } from './startCluster.ts'
import type { TortureStore } from './store.ts'
import type { Supervised } from './superviseProcess.ts'

/** Something that goes wrong in a cluster. It resolves when the cluster is whole again. */
export type Disturbance = { what: string; kind: 'kill' | 'end' | 'store' | 'freeze'; disturb(): Promise<void> }

/** All that is done to a cluster, each once a round. `report` is told what came of it where that is not what it should be. */
export function createDisturbances(options: {
  cluster: Cluster
  store: TortureStore
  onBadExit(line: string): void
}): Disturbance[] {
  const { cluster, store, onBadExit } = options
  const { gateways, computes, users, workers, postgres, redis } = cluster
  const services = [...gateways, ...computes]
  return [
    ...services.map((service) => kill(service)),
    ...services.map((service) => end(service)),
    { what: 'a worker is killed', kind: 'kill', disturb: workers.killOne },
    ...(redis
      ? [{ what: 'Redis is killed and restarted, empty', kind: 'store' as const, disturb: redis.killAndRestart }]
      : []),
    { what: "PostgreSQL's connections are cut", kind: 'store', disturb: store.cutConnections },
    { what: 'PostgreSQL is restarted', kind: 'store', disturb: postgres.restart },
    { what: 'users is frozen for 3 s', kind: 'freeze', disturb: () => users.freeze(3_000) },
  ]

  function kill(service: Supervised): Disturbance {
    return {
      what: `${service.name} is killed`,
      kind: 'kill',
      disturb: async () => void (await service.restart('SIGKILL')),
    }
  }

  function end(service: Supervised): Disturbance {
    return {
      what: `${service.name} is told to end`,
      kind: 'end',
      async disturb() {
        const code = await service.restart('SIGTERM')
        if (code !== 0) onBadExit(`${service.name} ended with ${code}`)
      },
    }
  }
}
