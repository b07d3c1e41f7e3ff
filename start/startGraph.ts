import { createServer } from 'node:http'
import { join } from 'node:path'
import { type RunningCompute, startCompute } from '@tributary/compute'
import { readFunctions, resultPlaceOf, startWorkers, webhookTargetsOf } from '@tributary/compute-service'
import { type GatewaySettings, type RunningGateway, startGateway } from '@tributary/gateway'
import { startOrders } from '@tributary/orders'
import { startRecommendations } from '@tributary/recommendations'
import { createLog, createStopStack, listen, type Running } from '@tributary/runtime'
import { connectDatabaseServer, type DatabaseServer, startEmbeddedPostgres } from '@tributary/runtime/database'
import { openDevelopmentKeys, openSubgraphSecret, revocationsPath } from '@tributary/runtime/identity'
import type { RunningSubgraph } from '@tributary/runtime/subgraph'
import { startUsers } from '@tributary/users'
import type { StartSettings } from './config.ts'
import { exampleUser, explorerTabs } from './examples.ts'

export type RunningGraph = Running & {
  gateway: RunningGateway
  users: RunningSubgraph
  orders: RunningSubgraph
  recommendations: RunningSubgraph
  compute: RunningCompute
  /** A development token of the examples' user, good for a day. */
  token: string
}

/**
 * Starts everything in this process: the database unless `DATABASE_URL` names one, the four subgraphs, the workers and the gateway,
 * which composes the running subgraphs. `report` is told what is being done. Stops in reverse order. Throws a `StartupError` for
 * what a person can put right; nothing is left running then.
 */
export async function startGraph(options: {
  settings: StartSettings
  gatewaySettings: GatewaySettings
  report(message: string): void
}): Promise<RunningGraph> {
  const { settings, gatewaySettings, report } = options
  const stack = createStopStack()
  try {
    await checkPort(gatewaySettings)
    const [keys, secret, server] = await Promise.all([
      openDevelopmentKeys(settings.DATA_DIR),
      openSubgraphSecret(settings.DATA_DIR),
      openDatabaseServer(settings, report),
    ])
    stack.add(server)
    const service = async (name: string, port: { port: number; portSetting: string }) => ({
      ...port,
      databaseUrl: await server.openUrl(name),
      host: '127.0.0.1',
      secret,
      log: createLog({ service: name, level: settings.SERVICES_LOG_LEVEL }),
      report,
    })
    const { REDIS_URL: redisUrl } = settings
    const resultPlace = resultPlaceOf({
      ...settings,
      RESULTS_DIR: settings.RESULTS_DIR ?? join(settings.DATA_DIR, 'results'),
    })
    const extraKinds = await readFunctions({ file: settings.FUNCTIONS_FILE, secret: settings.FUNCTION_SECRET })
    const webhookTargets = webhookTargetsOf(settings)
    const [users, orders, recommendations, compute] = await allOrNone([
      service('users', { port: settings.USERS_PORT, portSetting: 'USERS_PORT' }).then(startUsers).then(stack.add),
      service('orders', { port: settings.ORDERS_PORT, portSetting: 'ORDERS_PORT' }).then(startOrders).then(stack.add),
      service('recommendations', { port: settings.RECOMMENDATIONS_PORT, portSetting: 'RECOMMENDATIONS_PORT' })
        .then(startRecommendations)
        .then(stack.add),
      service('compute', { port: settings.COMPUTE_PORT, portSetting: 'COMPUTE_PORT' })
        .then((own) => startCompute({ ...own, redisUrl, resultPlace, extraKinds, webhookTargets }))
        .then(stack.add),
    ])
    stack.add(
      await startWorkers({
        databaseUrl: await server.openUrl('compute'),
        redisUrl,
        resultPlace,
        extraKinds,
        callbacksUrl: compute.callbacksUrl,
        webhookTargets,
        ordersUrl: orders.url,
        recommendationsUrl: recommendations.url,
        secret,
        threads: settings.WORKER_THREADS,
        log: createLog({ service: 'workers', level: settings.SERVICES_LOG_LEVEL }),
      }),
    )
    report('composing users, orders, recommendations and compute')
    const subgraphs = { users, orders, recommendations, compute }
    const token = await keys.sign({ userId: exampleUser.id })
    const gateway = stack.add(
      await startGateway({
        settings: { ...gatewaySettings, SUBGRAPH_TIMEOUT_MS: letJobsWait(gatewaySettings.SUBGRAPH_TIMEOUT_MS) },
        subgraphs: new Map(Object.entries(subgraphs).map(([name, { url }]) => [name, url])),
        secret,
        jwks: keys.jwks,
        revocationsFile: revocationsPath(settings.DATA_DIR),
        explorer: explorerTabs(token),
      }),
    )
    return { gateway, ...subgraphs, token, stop: stack.stop }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

/** More than the compute subgraph waits for a job with `job(waitMs)`, less than an operation may take. */
const longPollMs = 28_000

function letJobsWait(timeoutOf: GatewaySettings['SUBGRAPH_TIMEOUT_MS']): GatewaySettings['SUBGRAPH_TIMEOUT_MS'] {
  return (subgraph) => (subgraph === 'compute' ? Math.max(timeoutOf(subgraph), longPollMs) : timeoutOf(subgraph))
}

async function openDatabaseServer(
  { DATABASE_URL: url, DATA_DIR: dataDir }: StartSettings,
  report: (message: string) => void,
): Promise<DatabaseServer> {
  if (url !== undefined) {
    report('connecting to the database')
    return connectDatabaseServer({ url })
  }
  report('starting the database')
  return startEmbeddedPostgres({ dataDir, report })
}

/** Waits for all of them, also when one fails: what was started by then is in the stack and can be stopped. */
async function allOrNone<Values extends unknown[]>(promises: { [Key in keyof Values]: Promise<Values[Key]> }) {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

/** Tells that the gateway's port is taken before anything is prepared, not after. */
async function checkPort({ PORT: port, HOST: host }: GatewaySettings): Promise<void> {
  const server = createServer()
  await listen(server, { port, host, setting: 'PORT' })
  await new Promise((resolve) => server.close(resolve))
}
