import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readRecommendationsSettings } from './config.ts'
import { startRecommendations } from './startRecommendations.ts'

// `npm run start:recommendations`.
await runSubgraphAlone('recommendations', readRecommendationsSettings, startRecommendations)
