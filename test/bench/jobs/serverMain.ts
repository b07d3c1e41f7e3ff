import { startCompute } from '@tributary/compute'
import { type GatewaySettings, readGatewaySettings, startGateway } from '@tributary/gateway'
import { createLog } from '@tributary/runtime'
import type { JSONWebKeySet } from 'jose'
import { tinyKind } from './tinyKind.ts'

/** What the process is given as its argument, in JSON. */
export type ServerOptions = { databaseUrl: string; redisUrl: string | undefined; jwks: JSONWebKeySet }

// The gateway and the compute subgraph, as `npm start` has them. Sends the gateway's port to whoever started it.
// Our own bench wrote it.
const { jwks, ...stores } = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
const log = createLog({ service: 'bench', level: 'warn' })
const place = { port: 0, host: '127.0.0.1', portSetting: 'PORT', secret: 'a secret of the bench' }
const compute = await startCompute({ ...stores, ...place, log, extraKinds: [tinyKind] })
const settings: GatewaySettings = { ...readGatewaySettings({}), PORT: 0, LOG_LEVEL: 'warn', SUPERGRAPH_POLL_MS: 0 }
const subgraphs = new Map([['compute', compute.url]])
const gateway = await startGateway({ settings, subgraphs, secret: place.secret, jwks })
process.once('SIGTERM', async () => {
  await gateway.stop()
  await compute.stop()
  process.exit()
})
process.send?.({ port: gateway.port })
