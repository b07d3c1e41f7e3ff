import { z } from 'zod'

export type PropertySettings = {
  /** How many cases each property tries, over all graphs. */
  runs: number
  /** Where the random numbers start; another one each time, unless given. */
  seed: number
}

/** Reads `PROPERTY_RUNS` (default 2,000) and `PROPERTY_SEED`. Throws when one is not a whole number. */
export function readPropertySettings(env: Record<string, string | undefined> = process.env): PropertySettings {
  const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed = Date.now() & 0x7fffffff } = settings.parse(env)
  return { runs, seed }
}

const settings = z.object({
  PROPERTY_RUNS: z.coerce.number().int().positive().default(2_000),
  PROPERTY_SEED: z.coerce.number().int().optional(),
})
