import { z } from 'zod'
import { parseSettings } from '../process/parseSettings.ts'

const tokenSettings = z.object({
  /** The data folder whose development keys sign the token: the one of the `npm start` that is to take it. */
  DATA_DIR: z.string().default('.data'),
  /** A Redis server whose gateways are to know of a revoked token too. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'Expected a redis:// URL' }).optional(),
})

/** Reads the settings of `npm run token` from the environment. */
export function readTokenSettings(
  env: Record<string, string | undefined> = process.env,
): z.infer<typeof tokenSettings> {
  return parseSettings(tokenSettings, env)
}
