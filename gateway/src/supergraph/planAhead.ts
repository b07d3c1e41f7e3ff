import type { Generation } from './Generation.ts'

/** How many operations are planned ahead, and for how long, in milliseconds: a new graph is to be served within a second. */
const maxOperations = 200
const maxMs = 200

/**
 * Compiles what one generation was asked for most often in the one that follows, so that clients do not wait for it. What is not valid there
 * any more is left out. Requests that come meanwhile are answered between two operations.
 */
export async function planAhead({ from, to }: { from: Generation; to: Generation }): Promise<void> {
  const startedMs = performance.now()
  for (const { text, operationName } of from.mostUsed(maxOperations)) {
    if (performance.now() - startedMs > maxMs) return
    to.getOperation(text, operationName)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
