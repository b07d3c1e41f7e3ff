/** How often, or for how long, the ledger is driven at random, and from which seed, as fast-check takes it. */
export function readRuns(env: Record<string, string | undefined> = process.env) {
  const { LEDGER_RUNS: runs, LEDGER_SEED: seed } = env
  return {
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(runs === undefined
      ? { numRuns: 60, interruptAfterTimeLimit: 8_000, markInterruptAsFailure: false }
      : { numRuns: Number(runs) }),
  }
}
