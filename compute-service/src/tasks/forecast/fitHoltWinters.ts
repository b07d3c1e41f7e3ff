/** How many observations make a season: a year of months. */
export const seasonLength = 12

/** Additive Holt-Winters, fitted to a series. */
export type HoltWinters = {
  /** How fast level, trend and season follow the newest observations. */
  alpha: number
  beta: number
  gamma: number
  /** The standard deviation of the one-step errors. */
  sigma: number
  /** What is expected `steps` after the end of the series, from 1. */
  forecast(steps: number): number
}

/**
 * Fits Holt-Winters' additive method (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, 8.3) in its error
 * correction form, the innovations state space model ETS(A,A,A) (8.5): level, trend and season are each corrected by a share of the
 * one-step error. The shares are those with the least squared one-step error, found on a grid that is refined twice, within
 * 0 <= beta <= alpha <= 1 and 0 <= gamma <= 1 - alpha.
 *
 * Takes one observation a month, oldest first, at least two years of them.
 */
export function fitHoltWinters(series: readonly number[]): HoltWinters {
  const start = initialState(series)
  let best: Shares = { alpha: 0, beta: 0, gamma: 0 }
  let least = run(series, start, best).squaredError
  for (const step of [0.1, 0.02, 0.004]) {
    const centre = best
    for (const shares of sharesAround(centre, step)) {
      const { squaredError } = run(series, start, shares)
      if (squaredError < least) {
        least = squaredError
        best = shares
      }
    }
  }
  const end = run(series, start, best)
  // Three shares were chosen by these errors, and the state they begin with is level, trend and eleven seasons.
  const freedom = Math.max(1, series.length - 3 - (seasonLength + 1))
  return {
    ...best,
    sigma: Math.sqrt(end.squaredError / freedom),
    forecast: (steps) => end.level + steps * end.trend + seasonAt(end.season, series.length + steps - 1),
  }
}

type Shares = { alpha: number; beta: number; gamma: number }

/** `season` holds, for each month of the year, its newest value; observation 0 is of month 0. */
type State = { level: number; trend: number; season: readonly number[] }

function* sharesAround(centre: Shares, step: number): Generator<Shares> {
  const isFirst = step === 0.1
  const range = (value: number, max: number): number[] => {
    const from = isFirst ? 0 : Math.max(0, value - 5 * step)
    const to = isFirst ? max : Math.min(max, value + 5 * step)
    return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, index) => from + index * step)
  }
  for (const alpha of range(centre.alpha, 1)) {
    for (const beta of range(centre.beta, alpha)) {
      for (const gamma of range(centre.gamma, 1 - alpha)) yield { alpha, beta, gamma }
    }
  }
}

/**
 * A straight line with a season through the whole series: the trend from each month's growth over the same month a year before, the
 * season from what the line leaves. Exact for a series that is such a line; where months scatter, steadier than the first two years.
 */
function initialState(series: readonly number[]): State {
  const growth = series.slice(seasonLength).map((value, index) => value - series[index])
  const trend = mean(growth) / seasonLength
  const detrended = series.map((value, index) => value - trend * (index + 1))
  const wholeYears = Math.floor(series.length / seasonLength) * seasonLength
  const level = mean(detrended.slice(0, wholeYears))
  const season = Array.from(
    { length: seasonLength },
    (_, month) => mean(detrended.filter((_, index) => index % seasonLength === month)) - level,
  )
  return { level, trend, season }
}

function run(
  series: readonly number[],
  start: State,
  { alpha, beta, gamma }: Shares,
): State & { squaredError: number } {
  let { level, trend } = start
  const season = [...start.season]
  let squaredError = 0
  for (let index = 0; index < series.length; index += 1) {
    const month = index % seasonLength
    const error = series[index] - (level + trend + season[month])
    level += trend + alpha * error
    trend += beta * error
    season[month] += gamma * error
    squaredError += error * error
  }
  return { level, trend, season, squaredError }
}

function seasonAt(season: readonly number[], index: number): number {
  return season[index % seasonLength]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
