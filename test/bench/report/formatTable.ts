import type { Measurement } from '../measure/Measurement.ts'

const header = [
  'query',
  'gateway',
  'CPU ms/request',
  'vs apollo',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'memory MB',
  'bytes',
]

/** The measurements as text, grouped by query. "vs apollo" is CPU against `@apollo/gateway` in the same run: 1/10 is ten times less. */
export function formatTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map((one) => [
    one.query,
    one.gateway,
    one.cpuMsPerRequest.toFixed(3),
    against(one, measurements),
    one.rps.toFixed(0),
    one.p50Ms.toFixed(1),
    one.p99Ms.toFixed(1),
    one.rssMb.toFixed(0),
    String(one.answerBytes),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const lines = [line(header), widths.map((width) => '-'.repeat(width)).join('  ')]
  for (const [index, row] of rows.entries()) {
    if (index > 0 && row[0] !== rows[index - 1]?.[0]) lines.push('')
    lines.push(line(row))
  }
  return lines.join('\n')
}

/** CPU of a measurement against `@apollo/gateway` with the same query, as `1/x`, or empty without one. */
export function against(one: Measurement, measurements: readonly Measurement[]): string {
  const apollo = measurements.find(({ gateway, query }) => gateway === 'apollo-gateway' && query === one.query)
  if (!apollo || apollo === one || one.cpuMsPerRequest === 0) return ''
  const ratio = apollo.cpuMsPerRequest / one.cpuMsPerRequest
  return ratio >= 1 ? `1/${ratio.toFixed(1)}` : (1 / ratio).toFixed(2)
}
