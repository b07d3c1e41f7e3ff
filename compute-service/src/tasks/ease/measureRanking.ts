import { pickTop } from './pickTop.ts'

/** How well rankings find what was held out, each 0 to 1, the mean over the users from whom something was held out. */
export type RankingMetrics = { recallAt20: number; ndcgAt20: number }

const cutoff = 20

/**
 * Ranks, for each user, the products that the model has not seen the user buy, and looks for the held-out ones among the first 20.
 * Recall@20 is the share found (of 20, where more were held out); NDCG@20 weighs a product found at rank r by 1 / log2(r + 1) and
 * divides by the best that was possible. Both as in Liang et al. 2018, "Variational Autoencoders for Collaborative Filtering",
 * section 4.2, which EASE was published with.
 */
export async function measureRanking(options: {
  /** For each user, the products that the model knows the user has; they are not ranked. */
  known: readonly ArrayLike<number>[]
  /** For each user, the products to be found. */
  heldOut: readonly (readonly number[])[]
  /** The score of every product for a user. */
  scoresOf: (user: number) => ArrayLike<number>
  /** Called after each user. */
  advance?: () => Promise<void>
}): Promise<RankingMetrics> {
  let users = 0
  let recall = 0
  let ndcg = 0
  for (const [user, wanted] of options.heldOut.entries()) {
    if (wanted.length > 0) {
      const known = new Set(Array.from(options.known[user]))
      const ranking = pickTop(options.scoresOf(user), cutoff, { isExcluded: (product) => known.has(product) })
      const metrics = measureOne(ranking, new Set(wanted))
      users += 1
      recall += metrics.recallAt20
      ndcg += metrics.ndcgAt20
    }
    await options.advance?.()
  }
  return users === 0 ? { recallAt20: 0, ndcgAt20: 0 } : { recallAt20: recall / users, ndcgAt20: ndcg / users }
}

function measureOne(ranking: readonly number[], wanted: ReadonlySet<number>): RankingMetrics {
  const possible = Math.min(wanted.size, cutoff)
  let hits = 0
  let gain = 0
  let bestGain = 0
  for (const [index, product] of ranking.entries()) {
    if (!wanted.has(product)) continue
    hits += 1
    gain += 1 / Math.log2(index + 2)
  }
  for (let index = 0; index < possible; index += 1) bestGain += 1 / Math.log2(index + 2)
  return { recallAt20: hits / possible, ndcgAt20: gain / bestGain }
}
