import { startCompute } from '@tributary/compute'
import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readComputeSettings } from '../../subgraphs/compute/src/config.ts'
import { stepKind } from './stepKind.ts'

// The compute subgraph as `npm run start:compute` starts it, with one kind more.
await runSubgraphAlone('compute', readComputeSettings, (options, { redisUrl }) =>
  startCompute({ ...options, redisUrl, extraKinds: [stepKind] }),
)
