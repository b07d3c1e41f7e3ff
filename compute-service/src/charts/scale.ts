/** From values to lengths, along a straight line. */
export function linearScale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const span = from[1] - from[0]
  return (value) => to[0] + (span === 0 ? 0 : (value - from[0]) / span) * (to[1] - to[0])
}

/** Round values from 0 to at least `max`, about `count` steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(max: number, count: number): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10)
  // Multiplied rather than added up: 3 × 0.1 is not worse than 0.1 + 0.1 + 0.1.
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, index) => index * step)
}

/** 1, 3, 10, 30 and so on, those within the bounds. */
export function logTicks(min: number, max: number): number[] {
  const ticks: number[] = []
  for (let power = 10 ** Math.floor(Math.log10(Math.max(min, 1))); power <= max; power *= 10) {
    for (const tick of [power, 3 * power]) if (tick >= min && tick <= max) ticks.push(tick)
  }
  return ticks
}

/** A number as a label: 1,200 or 0.05. */
export function label(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 })
}
