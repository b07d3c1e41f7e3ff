import { createLog, runMain } from '@tributary/runtime'
import { readGatewaySettings } from './config.ts'
import { startGateway } from './startGateway.ts'

// `npm run start:gateway`: the gateway alone.
await runMain(async () => {
  const settings = readGatewaySettings()
  const log = createLog({ service: 'gateway', level: settings.LOG_LEVEL, isBuffered: true })
  const gateway = await startGateway({ settings, log })
  log.info({ port: gateway.port, url: gateway.url }, 'gateway listens')
  return gateway
})
