import { drawPicture, gridLine, text } from '../../charts/picture.ts'
import { label, linearScale, roundTicks } from '../../charts/scale.ts'
import type { RankingMetrics } from './measureRanking.ts'

/** What was measured, under the name that people know it by. */
export type Ranking = { name: string; metrics: RankingMetrics }

const width = 720
const labelWidth = 150
const right = 70
const barHeight = 24
const rowHeight = 34
const panelHead = 34
const panelFoot = 52

const panels = [
  { key: 'recallAt20', title: 'Recall@20: the share of held-out purchases among the first 20' },
  { key: 'ndcgAt20', title: 'NDCG@20: the same, weighed by how far up they are' },
] as const

/** Bars of how well models find held-out purchases, a panel for each measure. Longer is better. */
export function drawRankings(rankings: readonly Ranking[], measuredUsers: number): string {
  const parts = [
    text({ x: 24, y: 34, content: 'How well recommendations find what customers buy next', size: 18, isBold: true }),
    text({ x: 24, y: 56, content: subtitle(measuredUsers), isMuted: true }),
  ]
  let y = 76
  for (const panel of panels) {
    parts.push(...drawPanel({ ...panel, rankings, y }))
    y += panelHead + rankings.length * rowHeight + panelFoot
  }
  const figures = rankings.map(
    ({ name, metrics }) => `${name}: Recall@20 ${percent(metrics.recallAt20)}, NDCG@20 ${percent(metrics.ndcgAt20)}`,
  )
  return drawPicture({
    ...{ width, height: y - 8, parts },
    title: 'How well recommendations find what customers buy next',
    description: `${subtitle(measuredUsers)} ${figures.join('. ')}.`,
  })
}

function subtitle(users: number): string {
  return `The newest purchases of ${users.toLocaleString('en-US')} customers, held out from training. Longer is better.`
}

function drawPanel(options: {
  key: keyof RankingMetrics
  title: string
  rankings: readonly Ranking[]
  y: number
}): string[] {
  const { key, title, rankings, y } = options
  const ticks = roundTicks(Math.max(...rankings.map(({ metrics }) => metrics[key])), 4)
  const scale = linearScale([0, ticks[ticks.length - 1]], [24 + labelWidth, width - right])
  const top = y + panelHead
  const bottom = top + rankings.length * rowHeight
  const parts = [text({ x: 24, y: y + 18, content: title, size: 14, isBold: true })]
  for (const tick of ticks) {
    parts.push(gridLine({ x1: scale(tick), y1: top, x2: scale(tick), y2: bottom }))
    parts.push(
      text({
        x: scale(tick),
        y: bottom + 18,
        content: `${label(tick * 100)} %`,
        size: 12,
        isMuted: true,
        anchor: 'middle',
      }),
    )
  }
  for (const [index, { name, metrics }] of rankings.entries()) {
    const barTop = top + index * rowHeight + (rowHeight - barHeight) / 2
    const end = scale(metrics[key])
    const middle = barTop + barHeight / 2 + 5
    parts.push(
      text({ x: 24 + labelWidth - 12, y: middle, content: name, anchor: 'end' }),
      `<rect class="fill${index}" x="${24 + labelWidth}" y="${barTop}" width="${(end - 24 - labelWidth).toFixed(1)}" height="${barHeight}" rx="2"/>`,
      text({ x: end + 8, y: middle, content: percent(metrics[key]), isBold: true }),
    )
  }
  return parts
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
