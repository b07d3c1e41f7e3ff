import { startCompute } from '@tributary/compute'
import { startWorkers } from '@tributary/compute-service'
import { createLog, createStopStack } from '@tributary/runtime'
import { startEmbeddedPostgres } from '@tributary/runtime/database'
import { answerOrders } from '../../process/answerOrders.ts'
import { benchKind } from './benchKind.ts'

// The compute subgraph, its worker and its database, in a process of their own: `<data folder> <secret>`.
const [dataDir = '', secret = ''] = process.argv.slice(2)
const stack = createStopStack()
const log = createLog({ service: 'compute', level: 'warn' })
const server = stack.add(await startEmbeddedPostgres({ dataDir, report() {} }))
const databaseUrl = await server.openUrl('compute')
const shared = { databaseUrl, secret, log, extraKinds: [benchKind] }
const compute = stack.add(await startCompute({ ...shared, port: 0, host: '127.0.0.1', portSetting: 'PORT' }))
// Nobody listens there, and the bench's kind asks nobody.
const nowhere = 'http://127.0.0.1:1/graphql'
stack.add(await startWorkers({ ...shared, threads: 4, ordersUrl: nowhere, recommendationsUrl: nowhere }))
process.once('SIGTERM', () => stack.stop().then(() => process.exit(0)))
answerOrders<never>(compute.url, () => undefined)
