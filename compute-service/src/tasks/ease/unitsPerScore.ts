/**
 * What the score of one product for one user costs, of the multiply-adds of an inversion that progress counts: those stream through memory,
 * ranking goes here and there. Measured on the imported data, to a quarter.
 */
export const unitsPerScore = {
  /** Scoring and ranking with EASE. */
  ease: 40,
  /** The same for what is similar to a product: every user instead of every product. */
  similar: 110,
  popularity: 12,
  itemKnn: 18,
} as const
