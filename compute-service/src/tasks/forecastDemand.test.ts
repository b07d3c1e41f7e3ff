import { expect, test } from '@jest/globals'
import { forecastDemand as kind } from '../kinds/forecastDemand.ts'
import type { Purchase } from '../runners/TaskIo.ts'
import { forecastDemand } from './forecastDemand.ts'
import { fitHoltWinters } from './holtWinters/fitHoltWinters.ts'
import { intervalWidth } from './holtWinters/intervalWidth.ts'
import { addMonths } from './holtWinters/monthlyDemand.ts'
import { runTask, superstorePurchases } from './runTask.ts'

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
    orderDate: `${addMonths(from, index).slice(0, 8)}17`,
    quantity: pieces(index, slope),
    sales: '1.00',
  }))
}

test.each([2, 0])('continues a season on a line of slope %d without error', async (slope) => {
  const purchases = sell({ months: 43, slope })
  const { output } = await runTask(forecastDemand, { months: 24, confidence: 0.9 }, { purchases })
  const [series] = output.series
  expect(output.series).toHaveLength(1)
  expect(series.mase).toBeCloseTo(0, 8)
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
    // Sales jumped in the held-out year: repeating the year before is off by 0.94, 1.85 and 2.04 of the same scale.
    expect(series.mase).toBeLessThan(2)
    for (const { quantity, low, high } of series.forecast) {
      expect(low).toBeLessThan(quantity)
      expect(high).toBeGreaterThan(quantity)
      expect(low).toBeGreaterThanOrEqual(0)
    }
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

test('a category without sales in some months has zeros there', async () => {
  const purchases = [...sell({ months: 36 }), ...sell({ months: 6, category: 'Lamps', from: '2016-01-01' })]
  const { output } = await runTask(forecastDemand, { months: 1, confidence: 0.9, category: 'Lamps' }, { purchases })
  expect(output.series[0].history.map(({ quantity }) => quantity)).toEqual([
    ...new Array<number>(22).fill(0),
    ...Array.from({ length: 6 }, (_, index) => pieces(index, 2)),
    ...new Array<number>(8).fill(0),
  ])
})

test.each([
  ['an unknown category', { category: 'Sofas' }, 36, 'BAD_USER_INPUT', 'bought from (Chairs), got "Sofas"'],
  ['too short a history', {}, 29, 'JOB_FAILED', 'Expected at least 30 whole months of purchases, got 29'],
  ['no purchases', {}, 0, 'JOB_FAILED', 'Expected at least 30 whole months of purchases, got 0'],
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
