import { readFunctions } from '@tributary/compute-service'
import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readComputeSettings } from './config.ts'
import { startCompute } from './startCompute.ts'

// `npm run start:compute`.
await runSubgraphAlone('compute', readComputeSettings, async (options, settings) => {
  const { functionsFile, functionSecret, redisUrl, resultPlace, publicUrl, webhookTargets } = settings
  const extraKinds = await readFunctions({ file: functionsFile, secret: functionSecret })
  return startCompute({ ...options, redisUrl, resultPlace, publicUrl, webhookTargets, extraKinds })
})
