import { colourCount, drawPicture, gridLine, round, text } from '../../charts/picture.ts'
import { label, linearScale, logTicks } from '../../charts/scale.ts'
import type { Segment } from './describeSegments.ts'

const width = 900
const plot = { left: 76, right: 560, top: 100, bottom: 460 }
const legendLeft = 590
const legendRow = 46

/** How many customers are drawn at most. */
const maxDots = 1_500

/** Customers as dots, by how long ago and how much they bought, coloured by segment; beside them each segment's size. */
export function drawSegments(segments: readonly Segment[], until: string): string {
  const members = segments.flatMap((segment) => segment.members)
  const x = logScale(
    members.map(({ recencyDays }) => recencyDays),
    [plot.left, plot.right],
  )
  const y = logScale(
    members.map(({ monetary }) => monetary),
    [plot.bottom, plot.top],
  )
  const title = 'Customers by how recently and how much they bought'
  const step = Math.max(1, Math.ceil(members.length / maxDots))
  const dots = segments.flatMap((segment, index) =>
    segment.members
      .filter((_, position) => position % step === 0)
      .map(
        ({ recencyDays, monetary }) =>
          `<circle class="fill${index % colourCount}" cx="${round(x.at(recencyDays))}" cy="${round(y.at(monetary))}" r="3" opacity=".55"/>`,
      ),
  )
  const middles = segments.map(
    ({ centroid }, index) =>
      `<circle class="fill${index % colourCount} rule" cx="${round(x.at(centroid.recencyDays))}" cy="${round(y.at(centroid.monetary))}" r="8"/>`,
  )
  const figures = segments.map(
    ({ name, members: own, centroid }) =>
      `${name}: ${own.length} customers, ${figureOf(centroid.recencyDays)} days ago, on ${figureOf(centroid.frequency)} days, $${figureOf(centroid.monetary)}`,
  )
  return drawPicture({
    ...{ width, height: Math.max(522, plot.top + segments.length * legendRow + 62), title },
    description: `${members.length} customers in ${segments.length} segments, as of ${until}. ${figures.join('. ')}.`,
    parts: [
      text({ x: 24, y: 34, content: title, size: 18, isBold: true }),
      text({
        ...{ x: 24, y: 56, isMuted: true },
        content: `${members.length.toLocaleString('en-US')} customers in ${segments.length} segments, as of ${until}; the large dots are the middles`,
      }),
      ...x.ticks.flatMap((tick) => [
        gridLine({ x1: x.at(tick), y1: plot.top, x2: x.at(tick), y2: plot.bottom }),
        text({ x: x.at(tick), y: plot.bottom + 20, content: label(tick), size: 12, isMuted: true, anchor: 'middle' }),
      ]),
      ...y.ticks.flatMap((tick) => [
        gridLine({ x1: plot.left, y1: y.at(tick), x2: plot.right, y2: y.at(tick) }),
        text({
          x: plot.left - 8,
          y: y.at(tick) + 4,
          content: `$${label(tick)}`,
          size: 12,
          isMuted: true,
          anchor: 'end',
        }),
      ]),
      text({
        x: plot.right,
        y: plot.bottom + 42,
        content: 'Days since the newest purchase (logarithmic)',
        size: 12,
        isMuted: true,
        anchor: 'end',
      }),
      text({ x: 24, y: plot.top - 10, content: 'US dollars spent (logarithmic)', size: 12, isMuted: true }),
      ...dots,
      ...middles,
      ...legend(segments),
    ],
  })
}

/** From values at least 0 to lengths, by the logarithm of one more. */
function logScale(
  values: readonly number[],
  to: readonly [number, number],
): { ticks: number[]; at(value: number): number } {
  const [min, max] = [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), 0),
  ]
  const scale = linearScale([Math.log1p(min) - 0.1, Math.log1p(max) + 0.1], to)
  return { ticks: [...(min === 0 ? [0] : []), ...logTicks(min, max)], at: (value) => scale(Math.log1p(value)) }
}

function legend(segments: readonly Segment[]): string[] {
  const largest = Math.max(...segments.map(({ members }) => members.length))
  const scale = linearScale([0, largest], [0, width - legendLeft - 80])
  return segments.flatMap(({ name, members, centroid }, index) => {
    const y = plot.top + index * legendRow
    const length = Math.max(2, scale(members.length))
    const means = `${figureOf(centroid.recencyDays)} days ago, ${figureOf(centroid.frequency)} times, $${figureOf(centroid.monetary)}`
    return [
      text({ x: legendLeft, y: y + 4, content: name, isBold: true }),
      text({
        x: width - 24,
        y: y + 4,
        content: means,
        size: 11,
        isMuted: true,
        anchor: 'end',
      }),
      `<rect class="fill${index % colourCount}" x="${legendLeft}" y="${y + 10}" width="${round(length)}" height="14" rx="2"/>`,
      text({ x: legendLeft + length + 8, y: y + 22, content: members.length.toLocaleString('en-US'), size: 12 }),
    ]
  })
}

function figureOf(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })
}
