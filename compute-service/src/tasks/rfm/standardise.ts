import type { Customer } from './readCustomers.ts'

/** Customers as points: rows of `dimensions` numbers. */
export type Points = { count: number; dimensions: number; values: Float64Array }

const features = ['recencyDays', 'frequency', 'monetary'] as const

type Feature = (typeof features)[number]

/**
 * The logarithms of recency, frequency and monetary value, as customers differ by factors, each with mean 0 and standard deviation 1, so that
 * none outweighs another. A feature that all customers share is 0. `centroidOf` leads a point back.
 */
export function standardise(customers: readonly Customer[]): {
  points: Points
  centroidOf(point: ArrayLike<number>): Record<Feature, number>
} {
  const dimensions = features.length
  const values = new Float64Array(customers.length * dimensions)
  const scales = features.map((feature, index) => {
    const logs = customers.map((customer) => Math.log1p(customer[feature]))
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length)
    // What is left of equal numbers is rounding.
    const scale = deviation > 1e-9 ? deviation : Number.POSITIVE_INFINITY
    for (const [row, log] of logs.entries()) values[row * dimensions + index] = (log - mean) / scale
    return { mean, deviation }
  })
  return {
    points: { count: customers.length, dimensions, values },
    centroidOf(point) {
      const [recencyDays, frequency, monetary] = scales.map(({ mean, deviation }, index) =>
        // Rounding may take a 0 below 0.
        Math.max(0, Math.expm1(mean + deviation * point[index])),
      )
      return { recencyDays, frequency, monetary }
    },
  }
}
