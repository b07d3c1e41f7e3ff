import { z } from 'zod'
import { defineKind } from './JobKind.ts'

const input = z.strictObject({
  months: z.int().min(1).max(24).default(12).describe('Months to look ahead'),
  confidence: z.number().min(0.5).max(0.99).default(0.9).describe('How sure the interval is'),
  category: z.string().min(1).max(200).nullish().describe('Only this category'),
})

const output = z.object({
  series: z.array(
    z.object({
      category: z.string(),
      /** Oldest first; `month` is the month's first day, `2016-11-01`. */
      history: z.array(z.object({ month: z.string(), quantity: z.number() })),
      forecast: z.array(z.object({ month: z.string(), quantity: z.number(), low: z.number(), high: z.number() })),
      mase: z.number(),
      /** The products that sold most, best first, at most 10. */
      topProductIds: z.array(z.string()),
    }),
  ),
})

export type ForecastDemandInput = z.infer<typeof input>
export type ForecastDemandOutput = z.infer<typeof output>

/** Forecasts monthly demand for each category. */
export const forecastDemand = defineKind({
  name: 'forecastDemand',
  description: 'Forecasts monthly demand for each category (additive Holt-Winters), tested against the newest months.',
  input,
  output,
  taskFile: new URL('../tasks/forecastDemand.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 300_000,
})
