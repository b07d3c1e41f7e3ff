import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, type Running } from '@tributary/runtime'
import { type DevelopmentKeys, openDevelopmentKeys } from '@tributary/runtime/identity'
import { bundleOf, startRedis, type TestRedis } from '@tributary/runtime/testing'
import { storesHere } from '../../compute-service/test/storesHere.ts'
import { createHerd, type Herd } from '../chaos/createHerd.ts'
import { type RestartablePostgres, startRestartablePostgres } from '../chaos/restartablePostgres.ts'
import { freePort } from '../freePort.ts'
import { startProcess } from '../startProcess.ts'
import { startBalancer } from './startBalancer.ts'
import { type Supervised, superviseProcess } from './superviseProcess.ts'

/** A graph as in production, each service in a process of its own: two gateways, and two replicas of the compute subgraph behind one address. */
export type Cluster = Running & {
  gateways: readonly Supervised[]
  computes: readonly Supervised[]
  users: Supervised
  workers: Herd
  postgres: RestartablePostgres
  /** None where no `redis-server` is installed: queue and events are in PostgreSQL then. */
  redis: TestRedis | undefined
  /** The ledger's database. */
  databaseUrl: string
  /** Whose tokens the gateways take. */
  keys: DevelopmentKeys
}

const SUBGRAPH_SECRET = 'the secret of these processes'

/** Starts one, and resolves when all of it runs. */
export async function startCluster(options: { workers: number; threads: number }): Promise<Cluster> {
  const stack = createStopStack()
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'tributary-torture-'))
    stack.add({ stop: () => rm(dataDir, { recursive: true }) })
    const [postgres, redis, keys] = await Promise.all([
      startRestartablePostgres().then(stack.add),
      storesHere.includes('Redis') ? startRedis().then(stack.add) : undefined,
      openDevelopmentKeys(dataDir),
    ])
    const stores = { DATABASE_URL: postgres.databaseUrl, ...(redis && { REDIS_URL: redis.url }) }
    const supervise = async (name: string, program: string, env: Record<string, string>, isRunning: RegExp) => {
      const start = (port: number) =>
        startProcess(bundleOf(program), { NODE_ENV: 'production', SUBGRAPH_SECRET, PORT: `${port}`, ...env })
      return stack.add(await superviseProcess({ name, port: await freePort(), start, isRunning }))
    }
    const listens = /subgraph listens/
    const compute = (name: string) => supervise(name, 'test/torture/computeProcess.ts', stores, listens)
    const [users, ...computes] = await Promise.all([
      supervise('users', 'subgraphs/users/src/main.ts', stores, listens),
      compute('compute-1'),
      compute('compute-2'),
    ])
    const balancer = stack.add(await startBalancer(computes.map(({ url }) => url)))
    const databaseUrl = withDatabase(postgres.databaseUrl, 'compute')
    const [workers, ...gateways] = await Promise.all([
      createHerd({ databaseUrl, redisUrl: redis?.url, ...options }).then(stack.add),
      ...['gateway-1', 'gateway-2'].map((name) =>
        supervise(
          name,
          'gateway/src/main.ts',
          {
            SUBGRAPH_URLS: `users=${users.url}/graphql,compute=${balancer.url}/graphql`,
            JWKS_FILE: join(dataDir, 'jwks.json'),
          },
          /gateway listens/,
        ),
      ),
    ])
    return { gateways, computes, users, workers, postgres, redis, databaseUrl, keys, stop: stack.stop }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

function withDatabase(url: string, name: string): string {
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}
