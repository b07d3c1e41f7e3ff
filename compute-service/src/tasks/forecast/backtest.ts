import { type Expected, fitModel, type ModelName, minKnownMonths, quantile } from './demandModel.ts'
import { seasonLength } from './fitHoltWinters.ts'

/** How a model would have done on the newest months of a series. */
export type Backtest = {
  /** What was expected of each of them from the months before the first. */
  expected: Expected[]
  mase: number
  seasonalNaiveMase: number
  /** The share of outcomes within their intervals. */
  coverage: number
  /** How much wider the intervals had to be to hold `confidence` of them; from 1, as they are, to 10. */
  widening: number
}

const maxWidening = 10

/** How many of the newest months are held out: a year where there are enough. */
export function heldOutMonths(name: ModelName, length: number): number {
  return Math.min(seasonLength, length - minKnownMonths[name])
}

/**
 * Tests a model on the newest months of a series, as if it had been used in each of them (Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice, 3rd edition, 5.10): from the end of each month before them all that follow are forecast, out of what was known
 * then. With 12 months that makes 78 forecasts of 1 to 12 months ahead.
 *
 * The error is the mean absolute scaled error (Hyndman and Koehler 2006, "Another look at measures of forecast accuracy"): the mean absolute
 * error, divided by that of repeating last year's month within the months before all of them. Beside it is the same error of repeating last
 * year's month (seasonal naive). Where every year repeated the last exactly, the mean observation divides instead.
 *
 * `widening` is the quantile at `confidence` of the errors, each divided by the half of its interval: split conformal prediction with a scale
 * (Lei et al. 2018, "Distribution-free predictive inference for regression", section 5.2), as a model's own intervals know nothing of the
 * ways in which it is wrong. Only a Holt-Winters interval has a half; Croston's are quantiles of what happened already.
 */
export function backtest(series: readonly number[], options: { name: ModelName; confidence: number }): Backtest {
  const { name, confidence } = options
  const heldOut = heldOutMonths(name, series.length)
  const firstOrigin = series.length - heldOut
  const errors: number[] = []
  const naiveErrors: number[] = []
  const strains: number[] = []
  let covered = 0
  let expected: Expected[] = []
  for (let origin = firstOrigin; origin < series.length; origin += 1) {
    const forecast = fitModel(name, series.slice(0, origin), { confidence })
    const outcomes = series.slice(origin)
    const forecasts = outcomes.map((_, index) => forecast(index + 1))
    if (origin === firstOrigin) expected = forecasts
    for (const [index, actual] of outcomes.entries()) {
      const { quantity, low, high } = forecasts[index]
      errors.push(Math.abs(actual - quantity))
      naiveErrors.push(Math.abs(actual - series[origin + index - seasonLength]))
      if (actual >= low && actual <= high) covered += 1
      strains.push(strainOf(Math.abs(actual - quantity), high - quantity))
    }
  }
  const known = series.slice(0, firstOrigin)
  const scale = mean(known.slice(seasonLength).map((value, index) => Math.abs(value - known[index]))) || mean(known)
  return {
    expected,
    mase: mean(errors) / scale,
    seasonalNaiveMase: mean(naiveErrors) / scale,
    coverage: covered / errors.length,
    widening: name === 'HOLT_WINTERS' ? wideningOf(strains, confidence) : 1,
  }
}

function wideningOf(strains: readonly number[], confidence: number): number {
  const sorted = strains.toSorted((a, b) => a - b)
  return Math.min(maxWidening, Math.max(1, quantile(sorted, confidence)))
}

/** An error that is only rounding strains nothing, however narrow the interval. */
function strainOf(error: number, half: number): number {
  return error < 1e-6 ? 0 : error / half
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
