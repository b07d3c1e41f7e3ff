import type { PurchaseMatrix } from './PurchaseMatrix.ts'
import { pickTop } from './pickTop.ts'
import { unitsPerScore } from './unitsPerScore.ts'

/** How many of the most similar products count for each product. */
const neighbourCount = 100

/** Purchases in common that are worth as much as none: without it, two products with one customer each, the same, are the most alike. */
const shrinkage = 10

/**
 * The classic item-based neighbourhood model (Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms"), with the shrinkage
 * that its evaluations use since (Dacrema et al. 2019, "Are we really making much progress?"): two products are as similar as the
 * cosine of their customers, |both| / (√(|one| |other|) + 10), and a product scores the sum of its similarities to what the user has, those
 * alone that are among the 100 highest of the product that the user has. What EASE is measured against.
 *
 * Calls `advance` with the work done, {@link itemKnnUnits} in all. Gives the scores of a user for every product.
 */
export async function fitItemKnn(
  { productsOf, buyersOf }: PurchaseMatrix,
  advance: (units: number) => Promise<void>,
): Promise<(user: number) => Float64Array> {
  const size = buyersOf.length
  const neighbours: { product: number; similarity: number }[][] = []
  const similarities = new Float64Array(size)
  for (const [product, buyers] of buyersOf.entries()) {
    similarities.fill(0)
    for (const user of buyers) for (const other of productsOf[user]) similarities[other] += 1
    for (let other = 0; other < size; other += 1) {
      similarities[other] /= Math.sqrt(buyers.length * buyersOf[other].length) + shrinkage
    }
    const top = pickTop(similarities, neighbourCount, { floor: 0, isExcluded: (other) => other === product })
    neighbours.push(top.map((other) => ({ product: other, similarity: similarities[other] })))
    await advance(size * unitsPerScore.itemKnn)
  }
  return (user) => {
    const scores = new Float64Array(size)
    for (const product of productsOf[user]) {
      for (const neighbour of neighbours[product]) scores[neighbour.product] += neighbour.similarity
    }
    return scores
  }
}

/** The work of {@link fitItemKnn}. */
export function itemKnnUnits({ buyersOf }: PurchaseMatrix): number {
  return buyersOf.length ** 2 * unitsPerScore.itemKnn
}
