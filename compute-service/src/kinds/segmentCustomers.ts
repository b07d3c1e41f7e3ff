import { z } from 'zod'
import { defineKind } from './JobKind.ts'

const input = z.strictObject({
  segments: z.int().min(2).max(8).nullish().describe('How many segments; chosen by their silhouette when left out'),
  seed: z.int().min(1).max(2_147_483_647).default(1).describe('Where the search begins'),
})

const output = z.object({
  /** The job's number. */
  version: z.int(),
  /** Whether it was made the segmentation that is served: not when that of a job submitted later was there already. */
  served: z.boolean(),
  customers: z.int(),
  /** The day that recency is counted from: `2017-12-30`. */
  until: z.string(),
  silhouette: z.number(),
  /** What other numbers of segments would have given; only the one that was asked for where there was one. */
  candidates: z.array(z.object({ segments: z.int(), silhouette: z.number() })),
  /** Best first: by how recently, often and much its customers bought. */
  segments: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      size: z.int(),
      centroid: z.object({ recencyDays: z.number(), frequency: z.number(), monetary: z.number() }),
    }),
  ),
})

export type SegmentCustomersInput = z.infer<typeof input>
export type SegmentCustomersOutput = z.infer<typeof output>

/** Divides customers into segments by recency, frequency and monetary value, and publishes them. */
export const segmentCustomers = defineKind({
  name: 'segmentCustomers',
  description:
    'Divides customers into named segments by how recently, often and much they bought (k-means), for User.segment.',
  input,
  output,
  taskFile: new URL('../tasks/segmentCustomers.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 300_000,
})
