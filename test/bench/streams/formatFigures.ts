import type { Figure } from './Figure.ts'

/** The figures as text: what was reached, what must be, what should be. */
export function formatFigures(figures: readonly Figure[]): string {
  return figures
    .map((figure) => {
      const { measure, value, unit, must, goal, how } = figure
      const bounds = must === undefined ? '' : ` (must ${must}, goal ${goal}: ${verdict(figure)})`
      return `${measure}: ${value.toFixed(value < 100 ? 2 : 0)} ${unit}${bounds}\n    ${how}`
    })
    .join('\n')
}

function verdict({ value, must, goal, isMoreBetter = false }: Figure): string {
  const reaches = (bound: number | undefined) => bound !== undefined && (isMoreBetter ? value >= bound : value <= bound)
  if (reaches(goal)) return 'goal reached'
  return reaches(must) ? 'reached' : 'NOT REACHED'
}
