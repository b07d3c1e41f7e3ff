import { fitHoltWinters, seasonLength } from './fitHoltWinters.ts'

/** The shortest series that can be tested: two years to learn from and half a year to forecast. */
export const minMonths = 2 * seasonLength + 6

/**
 * The mean absolute scaled error (Hyndman and Koehler 2006, "Another look at measures of forecast accuracy") of forecasting the newest
 * months of a series, a year where there are enough, from those before: the mean absolute error, divided by that of repeating last
 * year's month within the months that were learnt from. Below 1 is better than that. Where every year repeated the last exactly, the
 * error is divided by the mean observation instead.
 */
export function backtest(series: readonly number[]): number {
  const heldOut = Math.min(seasonLength, series.length - 2 * seasonLength)
  const known = series.slice(0, -heldOut)
  const model = fitHoltWinters(known)
  const error = mean(series.slice(-heldOut).map((actual, index) => Math.abs(actual - model.forecast(index + 1))))
  const naive = known.slice(seasonLength).map((actual, index) => Math.abs(actual - known[index]))
  const scale = mean(naive) || mean(known.map(Math.abs))
  return scale === 0 ? 0 : error / scale
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
