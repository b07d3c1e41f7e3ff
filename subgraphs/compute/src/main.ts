import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readComputeSettings } from './config.ts'
import { startCompute } from './startCompute.ts'

// `npm run start:compute`.
await runSubgraphAlone('compute', readComputeSettings, (options, { redisUrl, resultPlace, publicUrl }) =>
  startCompute({ ...options, redisUrl, resultPlace, publicUrl }),
)
