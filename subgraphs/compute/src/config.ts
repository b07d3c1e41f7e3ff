import {
  functionSettings,
  type ResultPlace,
  resultPlaceOf,
  resultSettings,
  type TargetPolicyOptions,
  webhookSettings,
  webhookTargetsOf,
} from '@tributary/compute-service'
import { parseSettings } from '@tributary/runtime'
import { readSubgraphSettings, type SubgraphSettings } from '@tributary/runtime/subgraph'
import { z } from 'zod'

export type ComputeSettings = SubgraphSettings & {
  redisUrl: string | undefined
  resultPlace: ResultPlace | undefined
  publicUrl: string | undefined
  functionsFile: string | undefined
  functionSecret: string | undefined
  webhookTargets: TargetPolicyOptions
}

/** The settings of this subgraph when it runs alone. Throws a `StartupError` for what does not parse. */
export function readComputeSettings(env: Record<string, string | undefined> = process.env): ComputeSettings {
  const settings = parseSettings(ownSettings, env)
  return {
    ...readSubgraphSettings(env, { defaultPort: 4004 }),
    redisUrl: settings.REDIS_URL,
    resultPlace: resultPlaceOf(settings),
    publicUrl: settings.RESULTS_URL,
    functionsFile: settings.FUNCTIONS_FILE,
    functionSecret: settings.FUNCTION_SECRET,
    webhookTargets: webhookTargetsOf(settings),
  }
}

const ownSettings = z.object({
  ...functionSettings.shape,
  ...webhookSettings.shape,
  /** A Redis server for the job queue and events, instead of the database. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'Expected a redis:// URL' }).optional(),
  ...resultSettings.shape,
  /** Where clients reach this subgraph's `/results`, for download URLs, as `https://api.example.com`; its own address when it is not set. */
  RESULTS_URL: z
    .url({ protocol: /^https?$/, error: 'Expected a http:// URL' })
    .transform((url) => url.replace(/\/$/, ''))
    .optional(),
})
