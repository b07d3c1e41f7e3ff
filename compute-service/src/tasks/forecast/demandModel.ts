import { fitCroston } from './fitCroston.ts'
import { fitHoltWinters, seasonLength } from './fitHoltWinters.ts'
import { intervalWidth } from './intervalWidth.ts'

/** How demand is forecast. */
export type ModelName = 'HOLT_WINTERS' | 'CROSTON'

/** What is expected of a month, and the ends of its prediction interval; never below 0. */
export type Expected = { quantity: number; low: number; high: number }

/** The fewest months to learn from. */
export const minKnownMonths: Record<ModelName, number> = { HOLT_WINTERS: 2 * seasonLength, CROSTON: 18 }

/** The fewest months that are held out for the test. */
export const minHeldOutMonths = 6

/** The fewest months, since the first sale, and the fewest of them with a sale. */
export const minMonths = minKnownMonths.CROSTON + minHeldOutMonths
export const minMonthsWithSales = 3

/** Months from one sale to the next above which demand counts as intermittent (Syntetos, Boylan and Croston 2005, figure 1). */
const intermittentAbove = 1.32

/** The model for a series, the first month of which has a sale; undefined where it is too short for any. */
export function chooseModel(series: readonly number[]): ModelName | undefined {
  const monthsWithSales = series.filter((quantity) => quantity > 0).length
  if (series.length < minMonths || monthsWithSales < minMonthsWithSales) return undefined
  const isIntermittent = series.length / monthsWithSales > intermittentAbove
  const isLongEnough = series.length >= minKnownMonths.HOLT_WINTERS + minHeldOutMonths
  return isIntermittent || !isLongEnough ? 'CROSTON' : 'HOLT_WINTERS'
}

/**
 * Fits a model to a series and gives what it expects `steps` months after its end, from 1, with intervals that hold the truth with probability
 * `confidence`: by Holt-Winters if the errors are normal (`intervalWidth`), times `widening`; by Croston's method if months to come are like
 * those so far, whose quantiles they are.
 */
export function fitModel(
  name: ModelName,
  series: readonly number[],
  { confidence, widening = 1 }: { confidence: number; widening?: number },
): (steps: number) => Expected {
  switch (name) {
    case 'HOLT_WINTERS': {
      const model = fitHoltWinters(series)
      return (steps) => {
        const quantity = model.forecast(steps)
        const width = widening * intervalWidth(model, steps, confidence)
        return { quantity: atLeast0(quantity), low: atLeast0(quantity - width), high: atLeast0(quantity + width) }
      }
    }
    case 'CROSTON': {
      const quantity = fitCroston(series)
      const sorted = series.toSorted((a, b) => a - b)
      const low = Math.min(quantity, quantile(sorted, (1 - confidence) / 2))
      const high = Math.max(quantity, quantile(sorted, (1 + confidence) / 2))
      return () => ({ quantity, low, high })
    }
    default:
      throw name satisfies never
  }
}

/** The smallest value that at least this share of the values, which are ascending, does not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)]
}

/** Nobody buys less than nothing. */
function atLeast0(quantity: number): number {
  return Math.max(0, quantity)
}
