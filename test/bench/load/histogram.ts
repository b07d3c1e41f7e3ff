/** Latencies in buckets of 1 % width: any number of them in a fixed space. */
export type Histogram = { record(durationMs: number): void; percentile(share: number): number }

const growth = Math.log(1.01)
const smallestMs = 0.005
/** Enough for latencies up to some 100 s. */
const bucketCount = 1_700

/** An empty {@link Histogram}. `percentile(0.99)` is in milliseconds, within 1 %; 0 when nothing was recorded. */
export function createHistogram(): Histogram {
  const buckets = new Uint32Array(bucketCount)
  let total = 0
  return {
    record(durationMs) {
      const bucket = Math.ceil(Math.log(Math.max(durationMs, smallestMs) / smallestMs) / growth)
      const index = Math.min(bucket, bucketCount - 1)
      buckets[index] = (buckets[index] ?? 0) + 1
      total++
    },
    percentile(share) {
      let left = Math.ceil(total * share)
      for (const [index, count] of buckets.entries()) {
        left -= count
        if (left <= 0 && total > 0) return smallestMs * Math.exp(index * growth)
      }
      return 0
    },
  }
}
