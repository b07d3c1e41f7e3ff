import type { Clustering } from './kMeans.ts'
import { nameSegments, type SegmentName, type Standing } from './nameSegments.ts'
import type { Customer } from './readCustomers.ts'

/** A segment with its customers. */
export type Segment = SegmentName & { centroid: Omit<Customer, 'userId'>; members: Customer[] }

/**
 * The segments that a clustering makes of customers, best first: by where they stand between each other, which names them, see `nameSegments`.
 * `centroidOf` leads from the space of the clustering back.
 */
export function describeSegments(options: {
  customers: readonly Customer[]
  clustering: Clustering
  count: number
  centroidOf(point: ArrayLike<number>): Omit<Customer, 'userId'>
}): Segment[] {
  const { customers, clustering, count, centroidOf } = options
  const dimensions = clustering.centroids.length / count
  const unnamed = Array.from({ length: count }, (_, cluster) => ({
    centroid: centroidOf(clustering.centroids.subarray(cluster * dimensions, (cluster + 1) * dimensions)),
    members: customers.filter((_, index) => clustering.labels[index] === cluster),
  }))
  const standings = standingsOf(unnamed.map(({ centroid }) => centroid))
  const names = nameSegments(standings)
  return unnamed
    .map((segment, index) => ({ ...names[index], ...segment, standing: standings[index] }))
    .sort((a, b) => b.standing.recency + b.standing.value - a.standing.recency - a.standing.value)
    .map(({ standing: _, ...segment }) => segment)
}

/** Between the least and the most of the segments, by the logarithm: where they differ by factors, so does what people make of it. */
function standingsOf(centroids: readonly Segment['centroid'][]): Standing[] {
  const recency = placesOf(centroids.map(({ recencyDays }) => -Math.log1p(recencyDays)))
  const frequency = placesOf(centroids.map((centroid) => Math.log1p(centroid.frequency)))
  const monetary = placesOf(centroids.map((centroid) => Math.log1p(centroid.monetary)))
  return centroids.map((_, index) => ({ recency: recency[index], value: (frequency[index] + monetary[index]) / 2 }))
}

function placesOf(values: readonly number[]): number[] {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  // Where all are the same, none is first or last.
  return values.map((value) => (max - min > 1e-9 ? (value - min) / (max - min) : 1 / 2))
}
