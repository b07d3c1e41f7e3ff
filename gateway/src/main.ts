import cluster from 'node:cluster'
import { createLog, runMain } from '@tributary/runtime'
import { readGatewaySettings } from './config.ts'
import { startGateway } from './startGateway.ts'
import { startGatewayWorkers } from './startGatewayWorkers.ts'

// `npm run start:gateway`: the gateway alone, in one process or, with GATEWAY_WORKERS, in several that share its port.
await runMain(async () => {
  const settings = readGatewaySettings()
  const log = createLog({ service: 'gateway', level: settings.LOG_LEVEL, isBuffered: true })
  const { GATEWAY_WORKERS: count } = settings
  if (count > 1 && cluster.isPrimary) return startGatewayWorkers({ count, log })
  const own = cluster.worker ? log.child({ worker: cluster.worker.id }) : log
  const gateway = await startGateway({ settings, log: own })
  own.info({ port: gateway.port, url: gateway.url }, 'gateway listens')
  return gateway
})
