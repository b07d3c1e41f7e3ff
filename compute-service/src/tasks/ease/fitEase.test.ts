import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { easeUnits, fitEase } from './fitEase.ts'
import { invertPositiveDefinite } from './invertPositiveDefinite.ts'
import { fitItemKnn, itemKnnUnits } from './itemKnn.ts'
import { measureRanking } from './measureRanking.ts'
import { createPurchaseMatrix } from './PurchaseMatrix.ts'
import { pickTop } from './pickTop.ts'

const nothing = async () => undefined

/** Rows of ones and zeros: users by products, either side the longer one. */
const purchases = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([users, products]) =>
  fc.array(fc.array(fc.boolean(), { minLength: products, maxLength: products }), {
    minLength: users,
    maxLength: users,
  }),
)

test('EASE equals the closed form computed by brute force, whichever side is inverted', async () => {
  await fc.assert(
    fc.asyncProperty(purchases, fc.double({ min: 0.1, max: 100, noNaN: true }), async (rows, regularisation) => {
      const productCount = rows[0].length
      const histories = rows.map((row) => row.flatMap((isBought, product) => (isBought ? [product] : [])))
      const matrix = createPurchaseMatrix(histories, productCount)
      let units = 0
      const ease = await fitEase(matrix, regularisation, async (done) => {
        units += done
      })
      const expected = bruteForce(rows, regularisation)
      for (let i = 0; i < productCount; i += 1) {
        const weights = ease.weightsFrom(i)
        for (let j = 0; j < productCount; j += 1) expect(weights[j]).toBeCloseTo(expected[i][j], 8)
      }
      for (const [user, history] of histories.entries()) {
        const scores = ease.scoresFor(user)
        for (let j = 0; j < productCount; j += 1) {
          expect(scores[j]).toBeCloseTo(
            history.reduce((sum, i) => sum + expected[i][j], 0),
            8,
          )
        }
      }
      expect(units / easeUnits(matrix)).toBeCloseTo(1, 8)
    }),
    { numRuns: 200 },
  )
})

test('item-kNN equals its definition computed by brute force', async () => {
  await fc.assert(
    fc.asyncProperty(purchases, async (rows) => {
      const products = rows[0].map((_, product) => product)
      const matrix = createPurchaseMatrix(
        rows.map((row) => products.filter((product) => row[product])),
        products.length,
      )
      let units = 0
      const scoresOf = await fitItemKnn(matrix, async (done) => {
        units += done
      })
      const count = (...wanted: number[]) => rows.filter((row) => wanted.every((product) => row[product])).length
      const similarity = (a: number, b: number) => (a === b ? 0 : count(a, b) / (Math.sqrt(count(a) * count(b)) + 10))
      for (const [user, row] of rows.entries()) {
        for (const product of products) {
          const expected = products.reduce((sum, own) => sum + (row[own] ? similarity(own, product) : 0), 0)
          expect(scoresOf(user)[product]).toBeCloseTo(expected, 12)
        }
      }
      expect(units).toBe(itemKnnUnits(matrix))
    }),
    { numRuns: 50 },
  )
  // Product 0 has 101 neighbours, all bought by user 0; the least similar, which nobody else bought, does not count.
  const rows = [Array.from({ length: 102 }, (_, product) => product), [...Array(101).keys()]]
  const scoresOf = await fitItemKnn(createPurchaseMatrix([...rows, [0]], 102), nothing)
  expect(scoresOf(2)[100]).toBeCloseTo(2 / (Math.sqrt(3 * 2) + 10), 12)
  expect(scoresOf(2)[101]).toBe(0)
})

test('inverts matrices of any size against the block, and refuses one that is not positive definite', async () => {
  for (const size of [1, 3, 63, 64, 65, 130, 201]) {
    const matrix = new Float64Array(size * size)
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) matrix[i * size + j] = i === j ? size : Math.cos(i * j)
    }
    for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) matrix[j * size + i] = matrix[i * size + j]
    const inverse = await invertPositiveDefinite(matrix.slice(), size, nothing)
    let error = 0
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        let sum = 0
        for (let k = 0; k < size; k += 1) sum += matrix[i * size + k] * inverse[k * size + j]
        error = Math.max(error, Math.abs(sum - (i === j ? 1 : 0)))
      }
    }
    expect(error).toBeLessThan(1e-12)
  }
  await expect(invertPositiveDefinite(Float64Array.of(1, 2, 2, 1), 2, nothing)).rejects.toThrow('positive definite')
})

test('measures rankings as computed by hand', async () => {
  // User 0 has product 0 and wants 2 and 3, ranked 1 (product 3) and 3 (product 2). User 1 wants nothing. User 2 wants one that is far down.
  const scores = [
    [9, 3, 2, 4, ...new Array<number>(26).fill(0)],
    new Array<number>(30).fill(1),
    Array.from({ length: 30 }, (_, product) => -product),
  ]
  const metrics = await measureRanking({
    known: [[0], [], []],
    heldOut: [[2, 3], [], [29]],
    scoresOf: (user) => scores[user],
  })
  const ndcg = (1 / Math.log2(2) + 1 / Math.log2(4)) / (1 / Math.log2(2) + 1 / Math.log2(3))
  expect(metrics.recallAt20).toBeCloseTo((1 + 0) / 2)
  expect(metrics.ndcgAt20).toBeCloseTo((ndcg + 0) / 2)
})

test('picks the highest scores, the lower index of equal ones', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 })), fc.integer({ min: 1, max: 8 }), (scores, count) => {
      const sorted = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b)
      expect(pickTop(scores, count)).toEqual(sorted.slice(0, count))
      const above = sorted.filter((index) => scores[index] > 0 && index % 2 === 0)
      expect(pickTop(scores, count, { floor: 0, isExcluded: (index) => index % 2 === 1 })).toEqual(
        above.slice(0, count),
      )
    }),
  )
})

/** B of the paper's equation 8, by Gauss-Jordan elimination of XᵀX + λI. */
function bruteForce(rows: readonly (readonly boolean[])[], regularisation: number): number[][] {
  const size = rows[0].length
  const range = Array.from({ length: size }, (_, index) => index)
  const work = range.map((i) => [
    ...range.map((j) => rows.filter((row) => row[i] && row[j]).length + (i === j ? regularisation : 0)),
    ...range.map((j) => (i === j ? 1 : 0)),
  ])
  for (const pivot of range) {
    const scale = work[pivot][pivot]
    work[pivot] = work[pivot].map((value) => value / scale)
    for (const other of range) {
      if (other === pivot) continue
      const factor = work[other][pivot]
      work[other] = work[other].map((value, column) => value - factor * work[pivot][column])
    }
  }
  const inverse = work.map((row) => row.slice(size))
  return range.map((i) => range.map((j) => (i === j ? 0 : -inverse[i][j] / inverse[j][j])))
}
