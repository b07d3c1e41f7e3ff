import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readOrdersSettings } from './config.ts'
import { startOrders } from './startOrders.ts'

// `npm run start:orders`.
await runSubgraphAlone('orders', readOrdersSettings, startOrders)
