import { z } from 'zod'

export type PropertySettings = {
  /** How many cases are tried, over all graphs. */
  runs: number
  /** Where the random numbers start; another one each time, unless given. */
  seed: number
  /** The name of the only graph to try. */
  graph: string | undefined
  /** How many failing cases of a graph are told before it is left. */
  maxProblems: number
}

/** Reads `PROPERTY_RUNS` (default 2,000), `PROPERTY_SEED`, `PROPERTY_GRAPH` and `PROPERTY_PROBLEMS` (default 1). Throws when one is not valid. */
export function readPropertySettings(env: Record<string, string | undefined> = process.env): PropertySettings {
  const parsed = settings.parse(env)
  return {
    runs: parsed.PROPERTY_RUNS,
    seed: parsed.PROPERTY_SEED ?? Date.now() & 0x7fffffff,
    graph: parsed.PROPERTY_GRAPH,
    maxProblems: parsed.PROPERTY_PROBLEMS,
  }
}

const settings = z.object({
  PROPERTY_RUNS: z.coerce.number().int().positive().default(2_000),
  PROPERTY_SEED: z.coerce.number().int().optional(),
  PROPERTY_GRAPH: z.string().optional(),
  PROPERTY_PROBLEMS: z.coerce.number().int().positive().default(1),
})
