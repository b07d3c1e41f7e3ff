import type { GatewayName } from '../gateways/Gateway.ts'
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

const colours: Record<GatewayName, string> = {
  tributary: '#0b7285',
  'apollo-gateway': '#868e96',
  'hive-gateway': '#adb5bd',
  'hive-gateway-rust': '#adb5bd',
  grafbase: '#adb5bd',
  'pass-through': '#ced4da',
}

/** An SVG: a panel per query with a bar per gateway, CPU milliseconds per request, shorter is better. Each panel has its own scale. */
export function drawChart(measurements: readonly Measurement[], caption: readonly string[]): string {
  const panels = groupByQuery(measurements)
  const parts: string[] = []
  let y = top
  for (const [query, bars] of panels) {
    parts.push(text({ x: 24, y: y + 16, content: query, size: 15, weight: 600 }))
    y += panelHead - 6
    const longest = Math.max(...bars.map((bar) => bar.cpuMsPerRequest))
    for (const bar of bars) {
      parts.push(drawBar({ bar, y, longest, measurements }))
      y += barHeight + barGap
    }
    y += panelGap
  }
  const height = y + 6
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="CPU time per request of each gateway">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${text({ x: 24, y: 34, content: 'CPU time per request, in milliseconds (shorter is better)', size: 18, weight: 700 })}
${caption.map((content, line) => text({ x: 24, y: 56 + line * 17, content, size: 12, colour: '#495057' })).join('\n')}
${parts.join('\n')}
</svg>
`
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
  const weight = bar.gateway === 'tributary' ? 700 : 400
  return [
    text({ x: 24 + labelWidth - 12, y: baseline, content: bar.gateway, size: 13, weight, anchor: 'end' }),
    `<rect x="${24 + labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" fill="${colours[bar.gateway]}"/>`,
    text({ x: 24 + labelWidth + length + 8, y: baseline, content: value, size: 13, weight }),
  ].join('\n')
}

function text(options: {
  x: number
  y: number
  content: string
  size: number
  weight?: number
  colour?: string
  anchor?: 'start' | 'end'
}): string {
  const { x, y, content, size, weight = 400, colour = '#212529', anchor = 'start' } = options
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${escaped}</text>`
}
