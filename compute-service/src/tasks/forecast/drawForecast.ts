import { drawPicture, gridLine, pathThrough, shorten, text } from '../../charts/picture.ts'
import { label, linearScale, roundTicks } from '../../charts/scale.ts'
import type { ForecastDemandOutput } from '../../kinds/forecastDemand.ts'
import { monthNumber } from '../tradingMonths.ts'

type Series = ForecastDemandOutput['series'][number]

const width = 880
const left = 72
const right = width - 24
const firstPanel = 96
const panelHead = 46
const plotHeight = 170
const panelHeight = panelHead + plotHeight + 40

/** The colours of what happened, of what is expected and of what had been expected. */
const [history, forecast, test] = [7, 0, 1]

/** A panel for each series: its months so far, what is expected with its interval, and what had been expected of the newest months. */
export function drawForecast(series: readonly Series[], confidence: number): string {
  const title = 'Demand by month'
  const interval = `${Math.round(confidence * 100)} %`
  const figures = series.map(
    (one) =>
      `${nameOf(one)}: next month ${label(one.forecast[0].quantity)} pieces (${label(one.forecast[0].low)} to ${label(one.forecast[0].high)}), MASE ${one.backtest.mase.toFixed(2)}`,
  )
  const entries = [
    { colour: history, content: 'pieces sold', isDashed: false },
    { colour: forecast, content: `expected, with its ${interval} interval`, isDashed: false },
    { colour: test, content: 'the test: what had been expected', isDashed: true },
  ]
  return drawPicture({
    ...{ width, height: firstPanel + series.length * panelHeight, title },
    description: `Pieces sold and expected by month, with ${interval} intervals. ${figures.join('. ')}.`,
    parts: [
      text({ x: 24, y: 34, content: title, size: 18, isBold: true }),
      ...entries.flatMap(({ colour, content, isDashed }, index) => [
        `<path class="line stroke${colour}${isDashed ? ' dashed' : ''}" d="M${24 + index * 250} 58h28"/>`,
        text({ x: 60 + index * 250, y: 62, content, size: 12, isMuted: true }),
      ]),
      ...series.flatMap((one, index) => drawPanel(one, firstPanel + index * panelHeight)),
    ],
  })
}

function drawPanel(series: Series, top: number): string[] {
  const { backtest, model } = series
  const plotTop = top + panelHead
  const bottom = plotTop + plotHeight
  const ends = [series.history[0], series.forecast[series.forecast.length - 1]].map(({ month }) => monthNumber(month))
  const highest = Math.max(
    ...series.history.map(({ quantity }) => quantity),
    ...[...series.forecast, ...backtest.months].map(({ high }) => high),
  )
  const ticks = roundTicks(highest, 4)
  const x = linearScale([ends[0], ends[1]], [left, right])
  const y = linearScale([0, ticks[ticks.length - 1]], [bottom, plotTop])
  const line = (months: readonly { month: string; quantity: number }[], classes: string) =>
    `<path class="line ${classes}" d="${pathThrough(months.map(({ month, quantity }) => ({ x: x(monthNumber(month)), y: y(quantity) })))}"/>`
  const band = (months: readonly { month: string; low: number; high: number }[], colour: number) => {
    const upper = months.map(({ month, high }) => ({ x: x(monthNumber(month)), y: y(high) }))
    const lower = months.map(({ month, low }) => ({ x: x(monthNumber(month)), y: y(low) }))
    return `<path class="band fill${colour}" d="${pathThrough([...upper, ...lower.reverse()])}Z"/>`
  }
  const method = model === 'HOLT_WINTERS' ? 'Holt-Winters' : "Croston's method"
  const widened = backtest.widening > 1 ? `, widened ${backtest.widening.toFixed(1)} times since` : ''
  const measures = `${method}. MASE ${backtest.mase.toFixed(2)} (repeating last year ${backtest.seasonalNaiveMase.toFixed(2)}), ${Math.round(backtest.coverage * 100)} % within the interval${widened}`
  // From the last month that is known, so that the line does not break off.
  const from = series.history[series.history.length - 1]
  return [
    text({ x: 24, y: top + 16, content: shorten(nameOf(series), 80), size: 14, isBold: true }),
    text({ x: 24, y: top + 34, content: measures, size: 12, isMuted: true }),
    ...ticks.flatMap((tick) => [
      gridLine({ x1: left, y1: y(tick), x2: right, y2: y(tick) }),
      text({ x: left - 8, y: y(tick) + 4, content: label(tick), size: 12, isMuted: true, anchor: 'end' }),
    ]),
    ...januaries(ends).flatMap((month) => [
      gridLine({ x1: x(month), y1: plotTop, x2: x(month), y2: bottom + 5 }),
      text({
        x: x(month),
        y: bottom + 20,
        content: String(Math.floor(month / 12)),
        size: 12,
        isMuted: true,
        anchor: 'middle',
      }),
    ]),
    band(backtest.months, test),
    band([{ ...from, low: from.quantity, high: from.quantity }, ...series.forecast], forecast),
    line(series.history, `stroke${history}`),
    line(backtest.months, `stroke${test} dashed`),
    line([from, ...series.forecast], `stroke${forecast}`),
  ]
}

function januaries([first, last]: readonly number[]): number[] {
  const years = Array.from(
    { length: Math.floor(last / 12) - Math.ceil(first / 12) + 1 },
    (_, index) => Math.ceil(first / 12) + index,
  )
  return years.map((year) => year * 12)
}

function nameOf({ category, productId }: Series): string {
  return productId === null ? category : `${productId} (${category})`
}
