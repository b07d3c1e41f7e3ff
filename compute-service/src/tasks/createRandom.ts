/**
 * Numbers from 0 to below 1 that look random and are always the same for a seed, 1 to 2³² - 1: xorshift (Marsaglia 2003, "Xorshift RNGs", the
 * triple 13, 17, 5). Good enough to draw samples, not to keep secrets.
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0 || 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  // The first few of small seeds are small.
  for (let warmUp = 0; warmUp < 16; warmUp += 1) next()
  return next
}
