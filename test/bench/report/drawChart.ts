import { drawPicture, text } from '../../../compute-service/src/charts/picture.ts'
import type { QueryName } from '../graph/queries.ts'
import type { Measurement } from '../measure/Measurement.ts'
import { against } from './formatTable.ts'

const width = 920
const labelWidth = 150
const valueWidth = 240
const barHeight = 22
const barGap = 6
const panelHead = 34
const panelGap = 18
const top = 94

/** An SVG: a panel per query with a bar per gateway, CPU milliseconds per request, shorter is better. Each panel has its own scale. */
export function drawChart(measurements: readonly Measurement[], caption: readonly string[]): string {
  const panels = groupByQuery(measurements)
  const parts: string[] = []
  let y = top
  for (const [query, bars] of panels) {
    parts.push(text({ x: 24, y: y + 16, content: query, size: 15, isBold: true }))
    y += panelHead - 6
    const longest = Math.max(...bars.map((bar) => bar.cpuMsPerRequest))
    for (const bar of bars) {
      parts.push(drawBar({ bar, y, longest, measurements }))
      y += barHeight + barGap
    }
    y += panelGap
  }
  return drawPicture({
    ...{ width, height: y + 6 },
    title: 'CPU time of each gateway, in milliseconds per request',
    description: caption.join(' '),
    parts: [
      text({
        ...{ x: 24, y: 34, size: 18, isBold: true },
        content: 'CPU time per request, in milliseconds (shorter is better)',
      }),
      ...caption.map((content, line) => text({ x: 24, y: 56 + line * 17, content, size: 12, isMuted: true })),
      ...parts,
    ],
  })
}

function groupByQuery(measurements: readonly Measurement[]): Map<QueryName, Measurement[]> {
  const panels = new Map<QueryName, Measurement[]>()
  for (const one of measurements) panels.set(one.query, [...(panels.get(one.query) ?? []), one])
  return panels
}

function drawBar(options: {
  bar: Measurement
  y: number
  longest: number
  measurements: readonly Measurement[]
}): string {
  const { bar, y, longest, measurements } = options
  const space = width - labelWidth - valueWidth - 24
  const length = Math.max(2, (bar.cpuMsPerRequest / longest) * space)
  const ratio = against(bar, measurements)
  const value = `${bar.cpuMsPerRequest.toPrecision(3)} ms${ratio ? `  (${ratio} of apollo-gateway)` : ''}`
  const baseline = y + barHeight - 6
  const isBold = bar.gateway === 'tributary'
  return [
    text({ x: 24 + labelWidth - 12, y: baseline, content: bar.gateway, isBold, anchor: 'end' }),
    `<rect x="${24 + labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" class="fill${isBold ? 0 : 7}"/>`,
    text({ x: 24 + labelWidth + length + 8, y: baseline, content: value, isBold }),
  ].join('\n')
}
