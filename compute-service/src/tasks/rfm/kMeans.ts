import type { Points } from './standardise.ts'

/** Which cluster each point is in, where the clusters' means are (rows), and the sum of squared distances to them. */
export type Clustering = { labels: Int32Array; centroids: Float64Array; squaredError: number }

/** How often clustering begins anew, from other points. */
const starts = 10

/** Lloyd's iterations end by themselves, since each lowers the error; on real data after a few dozen. */
const maxIterations = 300

/**
 * Clusters points by k-means: Lloyd's iterations, from means that are chosen far from each other (k-means++, Arthur and Vassilvitskii 2007,
 * section 2.2); the best of ten starts. `random` decides which. No cluster is empty while there are as many different points.
 */
export function kMeans(points: Points, clusterCount: number, random: () => number): Clustering {
  let best: Clustering | undefined
  for (let start = 0; start < starts; start += 1) {
    const clustering = lloyd(points, chooseMeans(points, clusterCount, random))
    if (!best || clustering.squaredError < best.squaredError) best = clustering
  }
  if (!best) throw new Error('Expected at least one start')
  return best
}

/** The multiply-adds of {@link kMeans}, roughly. */
export function kMeansUnits({ count, dimensions }: Points, clusterCount: number): number {
  return starts * 20 * count * clusterCount * dimensions
}

/** Each point as likely as the square of its distance to the means chosen so far. */
function chooseMeans(points: Points, clusterCount: number, random: () => number): Float64Array {
  const { count, dimensions, values } = points
  const means = new Float64Array(clusterCount * dimensions)
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  let chosen = Math.floor(random() * count)
  for (let cluster = 0; cluster < clusterCount; cluster += 1) {
    means.set(values.subarray(chosen * dimensions, (chosen + 1) * dimensions), cluster * dimensions)
    let sum = 0
    for (let point = 0; point < count; point += 1) {
      distances[point] = Math.min(distances[point], squaredDistance(points, point, means, cluster))
      sum += distances[point]
    }
    let rest = random() * sum
    // The last point that has a chance, should rounding lead past the end.
    chosen = distances.findLastIndex((distance) => distance > 0)
    for (let point = 0; point < count && chosen >= 0; point += 1) {
      rest -= distances[point]
      if (rest < 0) {
        chosen = point
        break
      }
    }
    if (chosen < 0) chosen = 0
  }
  return means
}

function lloyd(points: Points, centroids: Float64Array): Clustering {
  const { count, dimensions, values } = points
  const clusterCount = centroids.length / dimensions
  const labels = new Int32Array(count).fill(-1)
  const sizes = new Int32Array(clusterCount)
  let isRepaired = false
  for (let iteration = 0; iteration < maxIterations; iteration += 1) {
    if (!assign(points, centroids, labels) && !isRepaired) break
    isRepaired = false
    centroids.fill(0)
    sizes.fill(0)
    for (let point = 0; point < count; point += 1) {
      sizes[labels[point]] += 1
      for (let d = 0; d < dimensions; d += 1)
        centroids[labels[point] * dimensions + d] += values[point * dimensions + d]
    }
    for (let cluster = 0; cluster < clusterCount; cluster += 1) {
      if (sizes[cluster] === 0) continue
      for (let d = 0; d < dimensions; d += 1) centroids[cluster * dimensions + d] /= sizes[cluster]
    }
    for (let cluster = 0; cluster < clusterCount; cluster += 1) {
      if (sizes[cluster] > 0) continue
      // A cluster that has lost its points begins anew at the one that is worst off.
      const point = farthest(points, centroids, labels)
      centroids.set(values.subarray(point * dimensions, (point + 1) * dimensions), cluster * dimensions)
      labels[point] = cluster
      isRepaired = true
    }
  }
  let squaredError = 0
  for (let point = 0; point < count; point += 1)
    squaredError += squaredDistance(points, point, centroids, labels[point])
  return { labels, centroids, squaredError }
}

/** Gives each point the nearest centroid, of equally near ones the first. Whether any changed. */
function assign(points: Points, centroids: Float64Array, labels: Int32Array): boolean {
  let hasChanged = false
  const clusterCount = centroids.length / points.dimensions
  for (let point = 0; point < points.count; point += 1) {
    let nearest = 0
    let least = Number.POSITIVE_INFINITY
    for (let cluster = 0; cluster < clusterCount; cluster += 1) {
      const distance = squaredDistance(points, point, centroids, cluster)
      if (distance < least) {
        least = distance
        nearest = cluster
      }
    }
    if (labels[point] === nearest) continue
    labels[point] = nearest
    hasChanged = true
  }
  return hasChanged
}

function farthest(points: Points, centroids: Float64Array, labels: Int32Array): number {
  let point = 0
  let most = -1
  for (let other = 0; other < points.count; other += 1) {
    const distance = squaredDistance(points, other, centroids, labels[other])
    if (distance <= most) continue
    most = distance
    point = other
  }
  return point
}

function squaredDistance({ dimensions, values }: Points, point: number, rows: Float64Array, row: number): number {
  let sum = 0
  for (let d = 0; d < dimensions; d += 1) sum += (values[point * dimensions + d] - rows[row * dimensions + d]) ** 2
  return sum
}
