import { expect, test } from '@jest/globals'
import { forecastDemand as kind } from '../kinds/forecastDemand.ts'
import type { Purchase } from '../runners/TaskIo.ts'
import { createRandom } from './createRandom.ts'
import { backtest } from './forecast/backtest.ts'
import { chooseModel, fitModel } from './forecast/demandModel.ts'
import { fitCroston } from './forecast/fitCroston.ts'
import { fitHoltWinters } from './forecast/fitHoltWinters.ts'
import { intervalWidth } from './forecast/intervalWidth.ts'
import { forecastDemand } from './forecastDemand.ts'
import { runTask, superstorePurchases } from './runTask.ts'
import { firstDay, monthNumber } from './tradingMonths.ts'

const season = [5, 3, 9, 8, 8, 10, 9, 8, 20, 11, 22, 25]

/** Pieces of month `index`, counted from 0: a season on a straight line. */
const pieces = (index: number, slope: number) => 100 + slope * index + season[index % 12]

function sell(options: { months: number; slope?: number; category?: string; from?: string }): Purchase[] {
  const { months, slope = 2, category = 'Chairs', from = '2014-03-01' } = options
  return Array.from({ length: months }, (_, index) => ({
    line: index + 1,
    userId: 'somebody',
    productId: `${category}-${index % 15}`,
    category,
    orderDate: `${firstDay(monthNumber(from) + index).slice(0, 8)}17`,
    quantity: pieces(index, slope),
    sales: '1.00',
  }))
}

test.each([2, 0])('continues a season on a line of slope %d without error', async (slope) => {
  const purchases = sell({ months: 43, slope })
  const { output } = await runTask(forecastDemand, { months: 24, confidence: 0.9 }, { purchases })
  const [series] = output.series
  expect(output.series).toHaveLength(1)
  expect(series).toMatchObject({ category: 'Chairs', productId: null, model: 'HOLT_WINTERS' })
  expect(series.backtest.mase).toBeCloseTo(0, 8)
  // Repeating last year is off by 12 months of slope, as it was before.
  expect(series.backtest.seasonalNaiveMase).toBeCloseTo(slope === 0 ? 0 : 1, 8)
  expect(series.backtest.months).toHaveLength(12)
  expect(series.history[0]).toEqual({ month: '2014-03-01', quantity: pieces(0, slope) })
  expect(series.history).toHaveLength(43)
  expect(series.forecast.map(({ quantity }) => quantity)).toEqual(
    Array.from({ length: 24 }, (_, index) => pieces(43 + index, slope)),
  )
  expect(series.forecast[0]).toMatchObject({ month: '2017-10-01', low: pieces(43, slope), high: pieces(43, slope) })
  expect(series.forecast[23].month).toBe('2019-09-01')
})

test('on the imported data: a series a category, intervals around forecasts, steady progress', async () => {
  const purchases = await superstorePurchases()
  const run = await runTask(forecastDemand, { months: 12, confidence: 0.9 }, { purchases })
  expect(kind.output.parse(run.output)).toEqual(run.output)
  expect(run.output.series.map(({ category }) => category)).toEqual(['Furniture', 'Office Supplies', 'Technology'])
  for (const series of run.output.series) {
    expect(series.history).toHaveLength(48)
    expect(series.forecast[0].month).toBe('2018-01-01')
    expect(series.topProductIds).toHaveLength(10)
    expect(series.model).toBe('HOLT_WINTERS')
    expect(series.backtest.months.map(({ month }) => month.slice(0, 7))).toEqual(
      Array.from({ length: 12 }, (_, index) => `2017-${String(index + 1).padStart(2, '0')}`),
    )
    // Sales jumped in the held-out year.
    expect(series.backtest.mase).toBeLessThan(series.backtest.seasonalNaiveMase)
    // The model is too sure of itself, as models are; its intervals are widened by what that comes to.
    expect(series.backtest.coverage).toBeLessThan(0.9)
    expect(series.backtest.widening).toBeGreaterThan(1)
    expect(series.backtest.widening).toBeLessThan(4)
    for (const { quantity, low, high } of series.forecast) {
      expect(low).toBeLessThan(quantity)
      expect(high).toBeGreaterThan(quantity)
      expect(low).toBeGreaterThanOrEqual(0)
    }
  }
  expect(run.output.skipped).toEqual([])
  const chart = run.files.get('chart.svg') ?? ''
  for (const { category, backtest } of run.output.series) {
    expect(chart).toContain(`>${category}<`)
    expect(chart).toContain(`MASE ${backtest.mase.toFixed(2)} (repeating last year`)
  }
  const fractions = run.progress.map(({ fraction }) => fraction)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect([fractions[0], fractions.at(-1)]).toEqual([0, 1])

  const sure = await runTask(forecastDemand, { months: 1, confidence: 0.99, category: 'Technology' }, { purchases })
  expect(sure.output.series.map(({ category }) => category)).toEqual(['Technology'])
  expect(sure.output.series[0].forecast[0].high).toBeGreaterThan(run.output.series[2].forecast[0].high)
})

test('intervals hold as many outcomes as they promise, and agree with the closed form of their variance', () => {
  const model = { ...fitHoltWinters(sell({ months: 36 }).map(({ quantity }) => quantity)), sigma: 1 }
  expect(intervalWidth(model, 1, 0.9)).toBeCloseTo(1.6448536269514722, 9)
  expect(intervalWidth(model, 1, 0.5)).toBeCloseTo(0.6744897501960817, 9)
  expect(intervalWidth(model, 1, 0.99)).toBeCloseTo(2.5758293035489004, 9)
  const [alpha, beta, gamma, steps, m, k] = [0.3, 0.1, 0.2, 30, 12, 2]
  // Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, table 8.8, additive season and trend.
  const variance =
    1 +
    (steps - 1) * (alpha ** 2 + alpha * beta * steps + (beta ** 2 * steps * (2 * steps - 1)) / 6) +
    gamma * k * (2 * alpha + gamma + beta * m * (k + 1))
  const width = intervalWidth({ ...model, alpha, beta, gamma }, steps, 0.9)
  expect(width / intervalWidth(model, 1, 0.9)).toBeCloseTo(Math.sqrt(variance), 9)
})

test('a single order years later changes nothing, nor does the month that is not over', async () => {
  const input = { months: 3, confidence: 0.9 }
  const expected = await runTask(forecastDemand, input, { purchases: sell({ months: 36 }) })
  const late = sell({ months: 1, from: '2021-05-01' })
  const today = sell({ months: 1, from: new Date().toISOString().slice(0, 10) })
  const { output } = await runTask(forecastDemand, input, { purchases: [...sell({ months: 36 }), ...late, ...today] })
  expect(output).toEqual(expected.output)
})

test('what was not sold in some months has zeros there, from its first sale on', async () => {
  const purchases = [...sell({ months: 36 }), ...sell({ months: 6, category: 'Lamps', from: '2014-09-01' })]
  const { output } = await runTask(forecastDemand, { months: 1, confidence: 0.9, category: 'Lamps' }, { purchases })
  expect(output.series[0].model).toBe('CROSTON')
  expect(output.series[0].history).toEqual(
    Array.from({ length: 30 }, (_, index) => ({
      month: firstDay(monthNumber('2014-09-01') + index),
      quantity: index < 6 ? pieces(index, 2) : 0,
    })),
  )
})

test('products are forecast each by itself, and rare ones by the model for that', async () => {
  const purchases = await superstorePurchases()
  // One of those that sell most, and one that hardly ever sells.
  const productIds = ['OFF-PA-10001970', 'FUR-CH-10000665']
  const input = { months: 3, confidence: 0.9, productIds }
  const { output, files } = await runTask(forecastDemand, input, { purchases })
  expect(kind.output.parse(output)).toEqual(output)
  const asked = [...output.series, ...output.skipped].map(({ productId }) => productId)
  expect(asked.sort()).toEqual(productIds.toSorted())
  for (const { productId, model, category, history, forecast, topProductIds } of output.series) {
    const own = purchases.filter((purchase) => purchase.productId === productId)
    expect([model, category, topProductIds]).toEqual(['CROSTON', own[0].category, []])
    expect(history.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(
      own.reduce((sum, { quantity }) => sum + quantity, 0),
    )
    const [first] = own.map(({ orderDate }) => orderDate).sort()
    expect(history[0].month.slice(0, 7)).toBe(first.slice(0, 7))
    expect(new Set(forecast.map(({ quantity }) => quantity)).size).toBe(1)
    expect(files.get('chart.svg')).toContain(`>${productId} (${category})<`)
  }
})

test("Croston's method equals its definition: a constant sale at constant intervals, and one step by hand", () => {
  for (const [quantity, every] of [
    [6, 3],
    [10, 1],
    [1, 7],
  ]) {
    const series = Array.from({ length: 10 * every + 1 }, (_, month) => (month % every === 0 ? quantity : 0))
    expect(fitCroston(series)).toBeCloseTo((0.95 * quantity) / every, 12)
  }
  // Sales of 4, 8 and 2 in months 0, 2 and 6: the mean interval is 3; size 4, 4.4, 4.16; interval 3, 2.9, 3.01.
  expect(fitCroston([4, 0, 8, 0, 0, 0, 2, 0])).toBeCloseTo((0.95 * 4.16) / 3.01, 12)
  // The quantiles of the months so far are the ends of the interval, which has the forecast inside.
  const series = [4, ...new Array<number>(17).fill(0), 8, 6]
  expect(fitModel('CROSTON', series, { confidence: 0.8 })(5)).toMatchObject({ low: 0, high: 4 })
  expect(fitModel('CROSTON', series, { confidence: 0.5 })(1)).toMatchObject({ low: 0, high: fitCroston(series) })
})

test('the model goes by how often and for how long something is sold', () => {
  const every = (months: number, step: number) =>
    Array.from({ length: months }, (_, month) => (month % step === 0 ? 5 : 0))
  expect(chooseModel(every(30, 1))).toBe('HOLT_WINTERS')
  expect(chooseModel(every(29, 1))).toBe('CROSTON')
  expect(chooseModel(every(48, 2))).toBe('CROSTON')
  expect(chooseModel(every(23, 1))).toBeUndefined()
  expect(chooseModel(every(48, 20))).toBe('CROSTON')
  expect(chooseModel(every(48, 25))).toBeUndefined()
})

test('the test equals its definition: all that follows is forecast from the end of each month, out of what was known', () => {
  const random = createRandom(11)
  const series = Array.from({ length: 33 }, (_, index) => pieces(index, 1) + 20 * random())
  const measured = backtest(series, { name: 'HOLT_WINTERS', confidence: 0.8 })
  const { expected, mase, seasonalNaiveMase, coverage, widening } = measured
  expect(expected).toHaveLength(9)
  const pairs: { actual: number; quantity: number; naive: number; half: number }[] = []
  for (let origin = 24; origin < 33; origin += 1) {
    const forecast = fitModel('HOLT_WINTERS', series.slice(0, origin), { confidence: 0.8 })
    for (let month = origin; month < 33; month += 1) {
      const { quantity, low, high } = forecast(month - origin + 1)
      const actual = series[month]
      pairs.push({ actual, quantity, naive: series[month - 12], half: high - quantity })
      if (origin === 24) expect(expected[month - origin]).toEqual({ quantity, low, high })
    }
  }
  expect(pairs).toHaveLength(45)
  let scale = 0
  for (let month = 12; month < 24; month += 1) scale += Math.abs(series[month] - series[month - 12]) / 12
  const meanOf = (errorOf: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((sum, pair) => sum + errorOf(pair), 0) / pairs.length
  expect(mase).toBeCloseTo(meanOf(({ actual, quantity }) => Math.abs(actual - quantity)) / scale, 9)
  expect(seasonalNaiveMase).toBeCloseTo(meanOf(({ actual, naive }) => Math.abs(actual - naive)) / scale, 9)
  const held = (times: number) =>
    pairs.filter(({ actual, quantity, half }) => Math.abs(actual - quantity) <= half * times).length
  expect(coverage).toBeCloseTo(held(1) / 45, 9)
  // The least widening that would have held 80% of them, 36 of 45.
  expect(coverage).toBeLessThan(0.8)
  expect(held(widening * 1.000001)).toBeGreaterThanOrEqual(36)
  expect(held(widening * 0.999999)).toBeLessThan(36)
  const [own, wide] = [1, widening].map((times) =>
    fitModel('HOLT_WINTERS', series, { confidence: 0.8, widening: times })(3),
  )
  expect(wide.high - wide.quantity).toBeCloseTo(widening * (own.high - own.quantity), 9)
})

test('forecasts what can be, and says what cannot', async () => {
  const purchases = [...sell({ months: 36 }), ...sell({ months: 6, category: 'Lamps', from: '2016-01-01' })]
  const { output } = await runTask(forecastDemand, { months: 1, confidence: 0.9 }, { purchases })
  expect(output.series.map(({ category }) => category)).toEqual(['Chairs'])
  const reason = expect.stringContaining('since the first purchase, 3 of them with purchases, got 14 and 6')
  expect(output.skipped).toEqual([{ category: 'Lamps', productId: null, reason }])
})

test.each([
  ['an unknown category', { category: 'Sofas' }, 36, 'BAD_USER_INPUT', 'bought from (Chairs), got "Sofas"'],
  ['an unknown product', { productIds: ['Chairs-1', 'X'] }, 36, 'BAD_USER_INPUT', 'that were bought, got "X"'],
  ['too short a history', {}, 23, 'HISTORY_TOO_SHORT', 'Expected at least 24 whole months since the first purchase, 3'],
  ['a product sold twice', { productIds: ['Chairs-14'] }, 36, 'HISTORY_TOO_SHORT', 'got 22 and 2'],
  ['no purchases', {}, 0, 'HISTORY_TOO_SHORT', 'got 0 and 0'],
])('fails for good on %s', async (_, input, months, code, message) => {
  const running = runTask(forecastDemand, { months: 1, confidence: 0.9, ...input }, { purchases: sell({ months }) })
  await expect(running).rejects.toMatchObject({ code, isRetryable: false, message: expect.stringContaining(message) })
})

test('stops when it is aborted', async () => {
  const abort = new AbortController()
  abort.abort(new Error('cancelled'))
  const running = runTask(
    forecastDemand,
    { months: 1, confidence: 0.9 },
    { purchases: sell({ months: 36 }), signal: abort.signal },
  )
  await expect(running).rejects.toThrow('cancelled')
})
