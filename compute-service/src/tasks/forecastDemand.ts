import type { ForecastDemandInput, ForecastDemandOutput } from '../kinds/forecastDemand.ts'
import type { Task } from '../runners/TaskIo.ts'
import { taskError } from '../runners/taskError.ts'
import { createWork, type Work } from './createWork.ts'
import { backtest, minMonths } from './holtWinters/backtest.ts'
import { fitHoltWinters } from './holtWinters/fitHoltWinters.ts'
import { intervalWidth } from './holtWinters/intervalWidth.ts'
import { addMonths, type CategoryDemand, monthlyDemand } from './holtWinters/monthlyDemand.ts'

/**
 * Forecasts how many pieces each category will sell in the months to come (see `fitHoltWinters`), with prediction intervals and the
 * error on the newest months when they are held out. Quantities are never below 0. Throws a task error for a category that nobody
 * bought from and for too short a history.
 */
export const forecastDemand: Task<ForecastDemandInput, ForecastDemandOutput> = async (input, io) => {
  io.progress(0, 'Reading purchases')
  const { months, categories } = monthlyDemand(await io.readPurchases(), new Date())
  const chosen = choose(categories, input.category)
  if (months.length < minMonths) {
    throw taskError({
      message: `Expected at least ${minMonths} whole months of purchases, got ${months.length}`,
      isRetryable: false,
    })
  }
  // Testing and fitting are as much work as each other: the same grid over nearly the same series.
  const work = createWork(io, { totalUnits: 2 * chosen.length, from: 0.1, to: 1 })
  const series: ForecastDemandOutput['series'] = []
  for (const demand of chosen) series.push(await forecastCategory({ demand, months, input, work }))
  io.progress(1, 'Done')
  return { series }
}

function choose(categories: readonly CategoryDemand[], category: string | null | undefined): readonly CategoryDemand[] {
  if (category === null || category === undefined) return categories
  const chosen = categories.filter((demand) => demand.category === category)
  if (chosen.length > 0) return chosen
  const names = categories.slice(0, 20).map((demand) => demand.category)
  throw taskError({
    code: 'BAD_USER_INPUT',
    message: `Expected \`category\` to be one that was bought from (${names.join(', ')}), got ${JSON.stringify(category)}`,
    isRetryable: false,
  })
}

async function forecastCategory(options: {
  demand: CategoryDemand
  months: readonly string[]
  input: ForecastDemandInput
  work: Work
}): Promise<ForecastDemandOutput['series'][number]> {
  const { demand, months, input, work } = options
  const { category, quantities, topProductIds } = demand
  work.begin(`Testing the forecast for ${category}`)
  const mase = backtest(quantities)
  await work.advance(1)
  work.begin(`Forecasting ${category}`)
  const model = fitHoltWinters(quantities)
  const newest = months[months.length - 1]
  const forecast = Array.from({ length: input.months }, (_, index) => {
    const expected = model.forecast(index + 1)
    const width = intervalWidth(model, index + 1, input.confidence)
    return {
      month: addMonths(newest, index + 1),
      quantity: pieces(expected),
      low: pieces(expected - width),
      high: pieces(expected + width),
    }
  })
  await work.advance(1)
  const history = months.map((month, index) => ({ month, quantity: quantities[index] }))
  return { category, history, forecast, mase, topProductIds }
}

/** Hundredths are finer than any forecast; nobody buys less than nothing. */
function pieces(quantity: number): number {
  return Math.max(0, Math.round(quantity * 100) / 100)
}
