import type { ForecastDemandInput, ForecastDemandOutput } from '../kinds/forecastDemand.ts'
import type { Purchase, Task } from '../runners/TaskIo.ts'
import { taskError } from '../runners/taskError.ts'
import { createWork, type Work } from './createWork.ts'
import { backtest, heldOutMonths } from './forecast/backtest.ts'
import {
  chooseModel,
  type Expected,
  fitModel,
  type ModelName,
  minMonths,
  minMonthsWithSales,
} from './forecast/demandModel.ts'
import { drawForecast } from './forecast/drawForecast.ts'
import { type Demand, monthlyDemand } from './forecast/monthlyDemand.ts'
import { firstDay } from './tradingMonths.ts'

/**
 * Forecasts how many pieces each category, or each of the products, will sell in the months to come, with prediction intervals and a test
 * on the newest months (`chooseModel`, `fitModel`, `backtest`). `chart.svg` shows all three. What has too short a history is skipped.
 *
 * Throws a task error for a category or product that nobody bought, and when all that was asked for has too short a history.
 */
export const forecastDemand: Task<ForecastDemandInput, ForecastDemandOutput> = async (input, io) => {
  io.progress(0, 'Reading purchases')
  const demands = choose(await io.readPurchases(), input)
  const skipped: ForecastDemandOutput['skipped'] = []
  const chosen: { demand: Demand; name: ModelName }[] = []
  for (const demand of demands) {
    const name = chooseModel(demand.quantities)
    if (name) chosen.push({ demand, name })
    else skipped.push({ category: demand.category, productId: demand.productId, reason: reasonOf(demand.quantities) })
  }
  if (chosen.length === 0) {
    const reason = skipped[0]?.reason ?? reasonOf([])
    throw taskError({ code: 'HISTORY_TOO_SHORT', message: reason, isRetryable: false })
  }
  const totalUnits = chosen.reduce((sum, { demand, name }) => sum + unitsOf(name, demand.quantities.length), 0)
  const work = createWork(io, { totalUnits, from: 0.1, to: 1 })
  const series: ForecastDemandOutput['series'] = []
  for (const one of chosen) series.push(await forecastOne({ ...one, input, work }))
  io.keepFile('chart.svg', drawForecast(series, input.confidence))
  io.progress(1, 'Done')
  return { series, skipped }
}

function choose(purchases: readonly Purchase[], { category, productIds }: ForecastDemandInput): Demand[] {
  const demands = monthlyDemand(purchases, { today: new Date(), productIds: productIds ?? undefined })
  if (productIds) {
    const sold = new Set(demands.map(({ productId }) => productId))
    const missing = productIds.find((productId) => !sold.has(productId))
    if (missing === undefined) return demands
    throw refuse(`Expected \`productIds\` to be products that were bought, got ${JSON.stringify(missing)}`)
  }
  if (category === null || category === undefined) return demands
  const chosen = demands.filter((demand) => demand.category === category)
  if (chosen.length > 0) return chosen
  const names = demands.slice(0, 20).map((demand) => demand.category)
  throw refuse(
    `Expected \`category\` to be one that was bought from (${names.join(', ')}), got ${JSON.stringify(category)}`,
  )
}

function refuse(message: string): Error {
  return taskError({ code: 'BAD_USER_INPUT', message, isRetryable: false })
}

function reasonOf(quantities: readonly number[]): string {
  const withSales = quantities.filter((quantity) => quantity > 0).length
  return `Expected at least ${minMonths} whole months since the first purchase, ${minMonthsWithSales} of them with purchases, got ${quantities.length} and ${withSales}`
}

/** Searching for the shares of Holt-Winters runs through the series some thousand times, Croston's method once. */
function unitsOf(name: ModelName, months: number): number {
  return (heldOutMonths(name, months) + 1) * (name === 'HOLT_WINTERS' ? 1_000 : 1)
}

async function forecastOne(options: {
  demand: Demand
  name: ModelName
  input: ForecastDemandInput
  work: Work
}): Promise<ForecastDemandOutput['series'][number]> {
  const { demand, name, input, work } = options
  const { category, productId, from, quantities, topProductIds } = demand
  const { confidence } = input
  const perFit = name === 'HOLT_WINTERS' ? 1_000 : 1
  const heldOut = heldOutMonths(name, quantities.length)
  work.begin(`Testing the forecast for ${productId ?? category}`)
  const { expected, ...measures } = backtest(quantities, { name, confidence })
  await work.advance(heldOut * perFit)
  work.begin(`Forecasting ${productId ?? category}`)
  const forecast = fitModel(name, quantities, { confidence, widening: measures.widening })
  await work.advance(perFit)
  const monthAt = (index: number) => firstDay(from + index)
  const firstHeldOut = quantities.length - heldOut
  return {
    ...{ category, productId, model: name, topProductIds },
    history: quantities.map((quantity, index) => ({ month: monthAt(index), quantity })),
    forecast: Array.from({ length: input.months }, (_, index) => ({
      month: monthAt(quantities.length + index),
      ...rounded(forecast(index + 1)),
    })),
    backtest: {
      ...measures,
      months: expected.map((one, index) => ({
        month: monthAt(firstHeldOut + index),
        actual: quantities[firstHeldOut + index],
        ...rounded(one),
      })),
    },
  }
}

/** Hundredths are finer than any forecast. */
function rounded({ quantity, low, high }: Expected): Expected {
  const [a, b, c] = [quantity, low, high].map((value) => Math.round(value * 100) / 100)
  return { quantity: a, low: b, high: c }
}
