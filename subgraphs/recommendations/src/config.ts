import { readSubgraphSettings, type SubgraphSettings } from '@tributary/runtime/subgraph'

/** The settings of this subgraph when it runs alone. Throws a `StartupError` for what does not parse. */
export function readRecommendationsSettings(env: Record<string, string | undefined> = process.env): SubgraphSettings {
  return readSubgraphSettings(env, { defaultPort: 4003 })
}
