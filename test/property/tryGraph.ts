import fc from 'fast-check'
import { draftArbitrary } from './draftArbitrary.ts'
import { explainProblem, findProblem } from './findProblem.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'

/** A case that failed: the how manieth it was, and what is wrong, on as small an operation as could be found. */
export type Problem = { index: number; text: string }

/** Tries so many cases of a graph, always the same ones for the same seed; stops when `maxProblems` have failed. Gives how many were tried and failed. */
export async function tryGraph(
  graph: SubgraphGraph,
  { cases, seed, maxProblems }: { cases: number; seed: number; maxProblems: number },
  onProblem: (problem: Problem) => void,
): Promise<{ tried: number; problems: number }> {
  const one = fc.record({ draft: draftArbitrary(graph.generation.apiSchema), seed: fc.nat() })
  let tried = 0
  let problems = 0
  const property = fc.asyncProperty(one, async (each) => {
    tried++
    if ((await findProblem(graph, each)) === undefined) return true
    problems++
    onProblem({ index: tried, text: await explainProblem(graph, each) })
    return problems < maxProblems
  })
  // Shrinking is ours: it knows what an operation is.
  await fc.check(property, { numRuns: cases, seed, endOnFailure: true })
  return { tried, problems }
}
