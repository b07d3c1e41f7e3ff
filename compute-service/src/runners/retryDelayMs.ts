/** The longest wait between two attempts, in milliseconds. */
const maxDelayMs = 60_000

/**
 * How long to wait after a failed attempt, in milliseconds: `baseMs` after the first, twice as long after each further one, at most a minute,
 * of which the last half is random, so that what failed together does not come back together.
 */
export function retryDelayMs({ attempt, baseMs }: { attempt: number; baseMs: number }, random = Math.random): number {
  const delayMs = Math.min(maxDelayMs, baseMs * 2 ** (attempt - 1))
  return delayMs * (0.5 + random() / 2)
}
