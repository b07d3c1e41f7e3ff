import type { Work } from '../createWork.ts'
import { easeUnits, fitEase } from './fitEase.ts'
import { holdOutNewest } from './holdOutNewest.ts'
import { measureRanking } from './measureRanking.ts'
import { createPurchaseMatrix } from './PurchaseMatrix.ts'
import { unitsPerScore } from './unitsPerScore.ts'

/** What is tried: half powers of ten, around the number of purchases that products and users have. */
const candidates = [1, 3, 10, 30, 100, 300, 1_000, 3_000]

/**
 * The L2 regularisation with the best NDCG@20 on the newest part of these histories, of eight candidates; of equal ones the
 * stronger. What it is measured on must not be what the finished model is measured on.
 */
export async function chooseRegularisation(
  histories: readonly (readonly number[])[],
  productCount: number,
  work: Work,
): Promise<number> {
  const { kept, heldOut } = holdOutNewest(histories)
  const matrix = createPurchaseMatrix(kept, productCount)
  let best = { regularisation: candidates[0], ndcg: -1 }
  for (const [index, regularisation] of candidates.entries()) {
    work.begin(`Choosing the regularisation: trying ${regularisation} (${index + 1} of ${candidates.length})`)
    const ease = await fitEase(matrix, regularisation, work.advance)
    const { ndcgAt20 } = await measureRanking({
      known: matrix.productsOf,
      heldOut,
      scoresOf: ease.scoresFor,
      advance: () => work.advance(matrix.buyersOf.length * unitsPerScore.ease),
    })
    if (ndcgAt20 >= best.ndcg) best = { regularisation, ndcg: ndcgAt20 }
  }
  return best.regularisation
}

/** How much work the choice is, of the units that `work` counts. */
export function choiceUnits(histories: readonly (readonly number[])[], productCount: number): number {
  const matrix = createPurchaseMatrix(holdOutNewest(histories).kept, productCount)
  return candidates.length * (easeUnits(matrix) + histories.length * productCount * unitsPerScore.ease)
}
