import { type HoltWinters, seasonLength } from './fitHoltWinters.ts'
import { normalQuantile } from './normalQuantile.ts'

/**
 * How far the ends of the prediction interval lie from the forecast `steps` months ahead, so that the interval holds the truth with
 * probability `confidence`, were the one-step errors independent and normal.
 *
 * The variance is sigma² (1 + Σ c(j)², j = 1 ... steps - 1) with c(j) = alpha + beta j, and gamma besides in whole years: Hyndman, Koehler,
 * Ord and Snyder, Forecasting with Exponential Smoothing (2008), table 6.1, ETS(A,A,A); the closed form of the same sum is in Hyndman and
 * Athanasopoulos, 8.7.
 */
export function intervalWidth(model: HoltWinters, steps: number, confidence: number): number {
  let sum = 1
  for (let j = 1; j < steps; j += 1) {
    const share = model.alpha + model.beta * j + (j % seasonLength === 0 ? model.gamma : 0)
    sum += share * share
  }
  return normalQuantile((1 + confidence) / 2) * model.sigma * Math.sqrt(sum)
}
