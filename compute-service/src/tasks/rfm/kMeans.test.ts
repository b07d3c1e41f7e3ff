import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createRandom } from '../createRandom.ts'
import { kMeans } from './kMeans.ts'
import { nameSegments, type Standing } from './nameSegments.ts'
import { silhouette } from './silhouette.ts'
import { type Points, standardise } from './standardise.ts'

/** Whole numbers, so that equal points happen. */
const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
  minLength: 1,
  maxLength: 9,
})

type Rows = readonly (readonly number[])[]

function toPoints(given: Rows): Points {
  return { count: given.length, dimensions: given[0].length, values: Float64Array.from(given.flat()) }
}

const squared = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, d) => sum + (value - b[d]) ** 2, 0)
const meanOf = (group: Rows) => group[0].map((_, d) => group.reduce((sum, row) => sum + row[d], 0) / group.length)
const errorOf = (group: Rows) =>
  group.length === 0 ? 0 : group.reduce((sum, row) => sum + squared(row, meanOf(group)), 0)

/** The least squared error of all ways to put the rows into clusters. */
function leastError(given: Rows, clusterCount: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let code = 0; code < clusterCount ** given.length; code += 1) {
    const groups: (readonly number[])[][] = Array.from({ length: clusterCount }, () => [])
    for (const [index, row] of given.entries())
      groups[Math.floor(code / clusterCount ** index) % clusterCount].push(row)
    least = Math.min(
      least,
      groups.reduce((sum, group) => sum + errorOf(group), 0),
    )
  }
  return least
}

test('k-means settles where each point is nearest to its mean, no cluster is empty, and the error is the least or close to it', () => {
  let optimal = 0
  let runs = 0
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1_000 }), (given, wanted, seed) => {
      const different = new Set(given.map(String)).size
      const clusterCount = Math.min(wanted, different)
      const { labels, centroids, squaredError } = kMeans(toPoints(given), clusterCount, createRandom(seed))
      const means = Array.from({ length: clusterCount }, (_, cluster) => [
        ...centroids.slice(2 * cluster, 2 * cluster + 2),
      ])
      for (const [cluster, mean] of means.entries()) {
        const group = given.filter((_, index) => labels[index] === cluster)
        expect(group.length).toBeGreaterThan(0)
        for (const [d, value] of meanOf(group).entries()) expect(mean[d]).toBeCloseTo(value, 9)
      }
      for (const [index, row] of given.entries()) {
        const nearest = Math.min(...means.map((mean) => squared(row, mean)))
        expect(squared(row, means[labels[index]])).toBeCloseTo(nearest, 9)
      }
      const least = leastError(given, clusterCount)
      expect(squaredError).toBeGreaterThan(least - 1e-9)
      if (squaredError < least + 1e-9) optimal += 1
      runs += 1
    }),
    { numRuns: 60 },
  )
  // Ten starts find the best of these small cases nearly always; one does not.
  expect(optimal / runs).toBeGreaterThan(0.9)
})

test('k-means finds clusters that lie apart, the same for the same seed', () => {
  const random = createRandom(7)
  const given = Array.from({ length: 400 }, (_, index) => [(index % 4) * 10 + random(), (index % 3) * 10 + random()])
  const clustering = kMeans(toPoints(given), 12, createRandom(3))
  const groups = new Map<number, Set<number>>()
  for (const [index, label] of clustering.labels.entries()) {
    groups.set(label, (groups.get(label) ?? new Set()).add(index % 12))
  }
  expect([...groups.values()].map((group) => group.size)).toEqual(new Array(12).fill(1))
  expect(kMeans(toPoints(given), 12, createRandom(3))).toEqual(clustering)
})

test('the silhouette equals its definition, and a sample of many points comes close', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 3 }), (given, clusterCount) => {
      const labels = Int32Array.from(given, (_, index) => (index * 7) % clusterCount)
      const values = given.map((row, index) => {
        const mean = (cluster: number) => {
          const group = given.filter((_, other) => other !== index && labels[other] === cluster)
          return group.reduce((sum, other) => sum + Math.sqrt(squared(row, other)), 0) / group.length
        }
        const a = mean(labels[index])
        const others = Array.from({ length: clusterCount }, (_, cluster) => cluster).filter(
          (cluster) => cluster !== labels[index],
        )
        const b = Math.min(...others.map(mean).filter((value) => !Number.isNaN(value)))
        if (Number.isNaN(a) || b === Number.POSITIVE_INFINITY || Math.max(a, b) === 0) return 0
        return (b - a) / Math.max(a, b)
      })
      const expected = values.reduce((sum, value) => sum + value, 0) / values.length
      const measured = silhouette(toPoints(given), { labels, clusterCount, random: createRandom(1) })
      expect(measured).toBeCloseTo(expected, 9)
    }),
  )
  const random = createRandom(5)
  const many = Array.from({ length: 2_400 }, (_, index) => [(index % 2) * 3 + random(), random()])
  const labels = Int32Array.from(many, (_, index) => index % 2)
  const [sampled, all] = [many, many.slice(0, 2_000)].map((given) =>
    silhouette(toPoints(given), { labels, clusterCount: 2, random: createRandom(9) }),
  )
  expect(sampled).not.toBe(all)
  expect(sampled).toBeCloseTo(all, 2)
})

test('features have mean 0 and deviation 1, and lead back', () => {
  const customers = [
    { userId: 'a', recencyDays: 0, frequency: 3, monetary: 10.5 },
    { userId: 'b', recencyDays: 30, frequency: 3, monetary: 2_000 },
    { userId: 'c', recencyDays: 900, frequency: 3, monetary: 0.4 },
  ]
  const { points, centroidOf } = standardise(customers)
  const column = (d: number) => customers.map((_, row) => points.values[row * 3 + d])
  for (const d of [0, 2]) {
    expect(column(d).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12)
    expect(column(d).reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(3, 12)
  }
  expect(column(1)).toEqual([0, 0, 0])
  for (const [row, { userId: _, ...customer }] of customers.entries()) {
    const centroid = centroidOf(points.values.subarray(row * 3, row * 3 + 3))
    for (const key of ['recencyDays', 'frequency', 'monetary'] as const)
      expect(centroid[key]).toBeCloseTo(customer[key], 9)
  }
})

test('names are different ones, given as near to the profiles as they can be', () => {
  const places = [0, 1 / 2, 1]
  const grid = places.flatMap((recency) => places.map((value) => ({ recency, value })))
  const nameAt = new Map(grid.map((standing) => [nameSegments([standing])[0].name, standing]))
  expect(nameAt.size).toBe(9)
  expect(nameAt.get('Champions')).toEqual({ recency: 1, value: 1 })
  expect(nameAt.get('At risk')).toEqual({ recency: 0, value: 1 })
  expect(nameAt.get('Lost')).toEqual({ recency: 0, value: 0 })
  const cost = (standings: readonly Standing[], names: readonly string[]) =>
    standings.reduce((sum, { recency, value }, index) => {
      const ideal = nameAt.get(names[index]) ?? { recency: 9, value: 9 }
      return sum + (ideal.recency - recency) ** 2 + (ideal.value - value) ** 2
    }, 0)
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.record({ recency: share, value: share }), { minLength: 1, maxLength: 3 }), (standings) => {
      const names = nameSegments(standings).map(({ name }) => name)
      expect(new Set(names).size).toBe(standings.length)
      let least = Number.POSITIVE_INFINITY
      const all = [...nameAt.keys()]
      const choose = (chosen: string[]) => {
        if (chosen.length === standings.length) least = Math.min(least, cost(standings, chosen))
        else for (const name of all) if (!chosen.includes(name)) choose([...chosen, name])
      }
      choose([])
      expect(cost(standings, names)).toBeCloseTo(least, 12)
    }),
    { numRuns: 50 },
  )
  expect(() => nameSegments(new Array(9).fill({ recency: 0, value: 0 }))).toThrow('at most 8')
})

test('random numbers are spread evenly, and the same for a seed', () => {
  for (const seed of [1, 2, 2_147_483_647]) {
    const random = createRandom(seed)
    const drawn = Array.from({ length: 10_000 }, random)
    for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
      const share = drawn.filter((value) => value >= tenth && value < tenth + 0.1).length / drawn.length
      expect(share).toBeGreaterThan(0.085)
      expect(share).toBeLessThan(0.115)
    }
    const again = createRandom(seed)
    expect(drawn.slice(0, 5)).toEqual(Array.from({ length: 5 }, again))
  }
})
