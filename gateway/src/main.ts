import { runMain } from '@tributary/runtime'
import { readGatewaySettings } from './config.ts'
import { startGateway } from './startGateway.ts'

// `npm run start:gateway`: the gateway alone.
await runMain(() => startGateway({ settings: readGatewaySettings() }))
