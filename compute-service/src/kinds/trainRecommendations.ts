import { z } from 'zod'
import { defineKind } from './JobKind.ts'

const regularisation = z.number().min(0.1).max(100_000)

const input = z.strictObject({
  regularisation: regularisation.nullish().describe('L2 regularisation; chosen on held-out purchases when left out'),
  neighbours: z.int().min(1).max(50).default(50).describe('How many similar products to keep for each'),
})

const metrics = z.object({ recallAt20: z.number(), ndcgAt20: z.number() })

const output = z.object({
  /** The job's number. */
  version: z.int(),
  /** Whether it was made the model that is served: not when that of a job submitted later was there already. */
  served: z.boolean(),
  users: z.int(),
  products: z.int(),
  interactions: z.int(),
  regularisation: z.number(),
  metrics,
  popularityMetrics: metrics,
  itemKnnMetrics: metrics,
  /** The products that sell best with what is similar to each, best first, at most 20 by 10. */
  examples: z.array(
    z.object({
      productId: z.string(),
      similar: z.array(z.object({ productId: z.string(), score: z.number() })),
    }),
  ),
})

export type TrainRecommendationsInput = z.infer<typeof input>
export type TrainRecommendationsOutput = z.infer<typeof output>

/** Trains the recommendation model on every purchase and publishes it. */
export const trainRecommendations = defineKind({
  name: 'trainRecommendations',
  description:
    'Trains the model behind User.recommendations and Product.similar (EASE) and measures it on held-out purchases beside what sells best and item-kNN.',
  input,
  output,
  taskFile: new URL('../tasks/trainRecommendations.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 600_000,
})
