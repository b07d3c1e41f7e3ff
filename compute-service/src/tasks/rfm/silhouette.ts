import type { Points } from './standardise.ts'

/** How many points are looked at, at most: each is compared with each. */
const sampleSize = 2_000

/**
 * The mean silhouette of a clustering (Rousseeuw 1987, "Silhouettes", section 2), -1 to 1: for each point (b - a) / max(a, b), where a is its
 * mean distance to the others of its cluster and b the least mean distance to the points of another cluster; 0 for a point that is alone.
 * Above 2,000 points a sample of them is measured, which `random` draws.
 */
export function silhouette(
  points: Points,
  { labels, clusterCount, random }: { labels: Int32Array; clusterCount: number; random: () => number },
): number {
  const { dimensions, values } = points
  const sample = drawSample(points.count, random)
  let total = 0
  for (const point of sample) {
    const sums = new Float64Array(clusterCount)
    const counts = new Int32Array(clusterCount)
    for (const other of sample) {
      if (other === point) continue
      let sum = 0
      for (let d = 0; d < dimensions; d += 1)
        sum += (values[point * dimensions + d] - values[other * dimensions + d]) ** 2
      sums[labels[other]] += Math.sqrt(sum)
      counts[labels[other]] += 1
    }
    const own = labels[point]
    if (counts[own] === 0) continue
    const within = sums[own] / counts[own]
    let between = Number.POSITIVE_INFINITY
    for (let cluster = 0; cluster < clusterCount; cluster += 1) {
      if (cluster !== own && counts[cluster] > 0) between = Math.min(between, sums[cluster] / counts[cluster])
    }
    const larger = Math.max(within, between)
    if (Number.isFinite(larger) && larger > 0) total += (between - within) / larger
  }
  return sample.length === 0 ? 0 : total / sample.length
}

/** The multiply-adds of {@link silhouette}. */
export function silhouetteUnits({ count, dimensions }: Points): number {
  return Math.min(count, sampleSize) ** 2 * dimensions
}

/** The first of a shuffle (Fisher and Yates), which need not be finished. */
function drawSample(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  if (count <= sampleSize) return order
  for (let index = 0; index < sampleSize; index += 1) {
    const other = index + Math.floor(random() * (count - index))
    const moved = order[index]
    order[index] = order[other]
    order[other] = moved
  }
  return order.slice(0, sampleSize)
}
