import { z } from 'zod'
import { defineKind } from './JobKind.ts'

const input = z
  .strictObject({
    months: z.int().min(1).max(24).default(12).describe('Months to look ahead'),
    confidence: z.number().min(0.5).max(0.99).default(0.9).describe('How sure the interval is'),
    category: z.string().min(1).max(200).nullish().describe('Only this category'),
    productIds: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(20)
      .nullish()
      .describe('These products instead of categories, each by itself'),
  })
  .refine(({ category, productIds }) => !(category && productIds), {
    error: 'Expected `category` or `productIds`, not both',
    path: ['productIds'],
  })

const month = z.object({ month: z.string(), quantity: z.number(), low: z.number(), high: z.number() })

const what = { category: z.string(), productId: z.string().nullable() }

const output = z.object({
  series: z.array(
    z.object({
      ...what,
      model: z.enum(['HOLT_WINTERS', 'CROSTON']),
      /** Oldest first; `month` is the month's first day, `2016-11-01`. */
      history: z.array(z.object({ month: z.string(), quantity: z.number() })),
      forecast: z.array(month),
      backtest: z.object({
        months: z.array(month.extend({ actual: z.number() })),
        mase: z.number(),
        seasonalNaiveMase: z.number(),
        coverage: z.number(),
        widening: z.number(),
      }),
      /** The products that sold most, best first, at most 10; none where the series is a product's. */
      topProductIds: z.array(z.string()),
    }),
  ),
  /** What has too short a history, and why. */
  skipped: z.array(z.object({ ...what, reason: z.string() })),
})

export type ForecastDemandInput = z.infer<typeof input>
export type ForecastDemandOutput = z.infer<typeof output>

/** Forecasts monthly demand for each category, or for products. */
export const forecastDemand = defineKind({
  name: 'forecastDemand',
  description:
    "Forecasts monthly demand for categories or products (Holt-Winters; Croston's method where sales are rare), tested against the newest months.",
  input,
  output,
  taskFile: new URL('../tasks/forecastDemand.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 300_000,
})
