import type { SegmentCustomersInput, SegmentCustomersOutput } from '../kinds/segmentCustomers.ts'
import type { Task } from '../runners/TaskIo.ts'
import { taskError } from '../runners/taskError.ts'
import { createRandom } from './createRandom.ts'
import { createWork, type Work } from './createWork.ts'
import { describeSegments } from './rfm/describeSegments.ts'
import { drawSegments } from './rfm/drawSegments.ts'
import { type Clustering, kMeans, kMeansUnits } from './rfm/kMeans.ts'
import { type Customer, readCustomers } from './rfm/readCustomers.ts'
import { silhouette, silhouetteUnits } from './rfm/silhouette.ts'
import { type Points, standardise } from './rfm/standardise.ts'

/** How many segments are tried. Two say little more than good and bad. */
const candidateCounts = [3, 4, 5, 6, 7, 8]

/**
 * Divides customers into segments by recency, frequency and monetary value (`readCustomers`, `standardise`, `kMeans`), names them by where they
 * stand between each other (`nameSegments`), and publishes them under the job's number. Where the number of segments is not given, it is the one with the
 * highest silhouette. The same purchases and seed give the same segments. `chart.svg` shows them.
 *
 * Throws a task error when there are fewer different customers than segments.
 */
export const segmentCustomers: Task<SegmentCustomersInput, SegmentCustomersOutput> = async (input, io) => {
  io.progress(0, 'Reading purchases')
  const { until, customers } = readCustomers(await io.readPurchases())
  const { points, centroidOf } = standardise(customers)
  const counts = chooseCounts(customers, input.segments)
  const totalUnits = counts.reduce((sum, count) => sum + kMeansUnits(points, count) + silhouetteUnits(points), 0)
  const work = createWork(io, { totalUnits, from: 0.1, to: 0.9 })
  const tried = await tryCounts({ points, counts, seed: input.seed, work })
  const best = tried.reduce((one, other) => (other.silhouette > one.silhouette ? other : one))

  const segments = describeSegments({ customers, clustering: best.clustering, count: best.segments, centroidOf })
  io.progress(0.95, 'Publishing the segments')
  const published = segments.map(({ name, description, centroid, members }) => ({
    ...{ name, description, centroid },
    userIds: members.map(({ userId }) => userId),
  }))
  const served = (await io.publishSegments({ version: io.jobNumber, segments: published })) === io.jobNumber
  io.keepFile('chart.svg', drawSegments(segments, until))
  io.progress(1, 'Done')
  return {
    version: io.jobNumber,
    served,
    customers: customers.length,
    until,
    silhouette: best.silhouette,
    candidates: tried.map((candidate) => ({ segments: candidate.segments, silhouette: candidate.silhouette })),
    segments: segments.map(({ members, ...segment }) => ({ ...segment, size: members.length })),
  }
}

function chooseCounts(customers: readonly Customer[], given: number | null | undefined): number[] {
  const different = new Set(
    customers.map(({ recencyDays, frequency, monetary }) => `${recencyDays} ${frequency} ${monetary}`),
  ).size
  const counts = (given ? [given] : candidateCounts).filter((count) => count <= different)
  if (counts.length > 0) return counts
  const least = given ?? candidateCounts[0]
  throw taskError({
    code: given ? 'BAD_USER_INPUT' : 'JOB_FAILED',
    message: `Expected at least ${least} customers who differ in what they bought, got ${different}`,
    isRetryable: false,
  })
}

type Candidate = { segments: number; silhouette: number; clustering: Clustering }

async function tryCounts(options: {
  points: Points
  counts: readonly number[]
  seed: number
  work: Work
}): Promise<Candidate[]> {
  const { points, counts, seed, work } = options
  const tried: Candidate[] = []
  for (const count of counts) {
    work.begin(`Trying ${count} segments`)
    // Each begins at the seed, so that a count gives the same segments whether it is chosen or given.
    const random = createRandom(seed)
    const clustering = kMeans(points, count, random)
    await work.advance(kMeansUnits(points, count))
    const measured = silhouette(points, { labels: clustering.labels, clusterCount: count, random })
    await work.advance(silhouetteUnits(points))
    tried.push({ segments: count, silhouette: measured, clustering })
  }
  return tried
}
