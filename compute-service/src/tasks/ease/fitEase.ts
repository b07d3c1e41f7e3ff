import { inversionUnits, invertPositiveDefinite } from './invertPositiveDefinite.ts'
import type { PurchaseMatrix } from './PurchaseMatrix.ts'

/** A trained item-to-item model: the matrix B of weights from what a user has to what the user may want. */
export type Ease = {
  /** The row of B for a product: how much having it speaks for each other product. Its own entry is 0. */
  weightsFrom(product: number): Float64Array
  /** The user's row of X B: the score of every product, those included that the user has. */
  scoresFor(user: number): Float64Array
}

/**
 * Trains EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8): with the binary purchase matrix X and
 * P = (XᵀX + λI)⁻¹, B[i,j] = -P[i,j] / P[j,j] off the diagonal, 0 on it. Exact, no iterations.
 *
 * The inverse has a row for each product, but its information lies in a matrix with a row for each user: by the Woodbury identity
 * (Golub and Van Loan, Matrix Computations, 2.1.4), P = (I - Xᵀ K X) / λ with K = (X Xᵀ + λI)⁻¹. The smaller of the two is inverted; the
 * result is the same. With M = Xᵀ K X, B[i,j] = M[i,j] / (1 - M[j,j]).
 *
 * Calls `advance` with the multiply-adds done, {@link easeUnits} in all.
 */
export function fitEase(
  matrix: PurchaseMatrix,
  regularisation: number,
  advance: (units: number) => Promise<void>,
): Promise<Ease> {
  const fit = matrix.productsOf.length < matrix.buyersOf.length ? fitByUsers : fitByProducts
  return fit(matrix, regularisation, advance)
}

/** The multiply-adds of training. */
export function easeUnits(matrix: PurchaseMatrix): number {
  return inversionUnits(Math.min(matrix.productsOf.length, matrix.buyersOf.length))
}

async function fitByProducts(
  { productsOf, buyersOf }: PurchaseMatrix,
  regularisation: number,
  advance: (units: number) => Promise<void>,
): Promise<Ease> {
  const size = buyersOf.length
  const inverse = await invertPositiveDefinite(gram(productsOf, size, regularisation), size, advance)
  const weightsFrom = (product: number) => addWeights(new Float64Array(size), product)
  return {
    weightsFrom,
    scoresFor(user) {
      const scores = new Float64Array(size)
      for (const product of productsOf[user]) addWeights(scores, product)
      return scores
    },
  }

  function addWeights(sum: Float64Array, product: number): Float64Array {
    const own = sum[product]
    for (let other = 0; other < size; other += 1) {
      sum[other] -= inverse[product * size + other] / inverse[other * size + other]
    }
    sum[product] = own
    return sum
  }
}

async function fitByUsers(
  { productsOf, buyersOf }: PurchaseMatrix,
  regularisation: number,
  advance: (units: number) => Promise<void>,
): Promise<Ease> {
  const users = productsOf.length
  const inverse = await invertPositiveDefinite(gram(buyersOf, users, regularisation), users, advance)
  const ownWeight = Float64Array.from(buyersOf, (buyers) => {
    let sum = 0
    for (const user of buyers) for (const other of buyers) sum += inverse[user * users + other]
    return sum
  })
  return {
    weightsFrom(product) {
      const row = new Float64Array(users)
      for (const user of buyersOf[product]) {
        for (let other = 0; other < users; other += 1) row[other] += inverse[user * users + other]
      }
      const weights = timesPurchases(row)
      for (let other = 0; other < weights.length; other += 1) weights[other] /= 1 - ownWeight[other]
      weights[product] = 0
      return weights
    },
    scoresFor(user) {
      // X M = X Xᵀ K X = X - λ K X, and the diagonal of M is not part of B.
      const scores = timesPurchases(inverse.subarray(user * users, (user + 1) * users))
      for (let product = 0; product < scores.length; product += 1) scores[product] *= -regularisation
      for (const product of productsOf[user]) scores[product] += 1 - ownWeight[product]
      for (let product = 0; product < scores.length; product += 1) scores[product] /= 1 - ownWeight[product]
      return scores
    },
  }

  /** A row vector over the users, times X. */
  function timesPurchases(row: Float64Array): Float64Array {
    const product = new Float64Array(buyersOf.length)
    for (let user = 0; user < users; user += 1) {
      for (const index of productsOf[user]) product[index] += row[user]
    }
    return product
  }
}

/** SᵀS + λI of the sparse binary matrix S whose rows have ones at the given columns. */
function gram(rows: readonly Int32Array[], size: number, regularisation: number): Float64Array {
  const result = new Float64Array(size * size)
  for (const ones of rows) for (const i of ones) for (const j of ones) result[i * size + j] += 1
  for (let i = 0; i < size; i += 1) result[i * size + i] += regularisation
  return result
}
