/** The value below which a standard normal variable lies with this probability, 0.0001 to 0.9999, to ten digits. */
export function normalQuantile(probability: number): number {
  let low = -4
  let high = 4
  // Halving an interval of 8 forty times leaves less than 1e-11.
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2
    if (normalDistribution(middle) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The distribution function by its series, Marsaglia 2004, "Evaluating the Normal Distribution", section 3. */
function normalDistribution(x: number): number {
  let term = x
  let sum = x
  for (let divisor = 3; Math.abs(term) > 1e-17; divisor += 2) {
    term *= (x * x) / divisor
    sum += term
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
}
