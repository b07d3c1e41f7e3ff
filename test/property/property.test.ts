import fc from 'fast-check'
import { readPropertySettings } from './config.ts'
import { draftArbitrary } from './draftArbitrary.ts'
import { explainProblem, findProblem } from './findProblem.ts'
import { mediaGraph } from './graphs/mediaGraph.ts'
import { shopGraph } from './graphs/shopGraph.ts'
import { socialGraph } from './graphs/socialGraph.ts'
import { travelGraph } from './graphs/travelGraph.ts'
import { buildSubgraphGraph } from './SubgraphGraph.ts'

const { runs, seed } = readPropertySettings()
const graphs = [mediaGraph, travelGraph, socialGraph, shopGraph].map(buildSubgraphGraph)
const numRuns = Math.ceil(runs / graphs.length)
const setting = `PROPERTY_SEED=${seed} PROPERTY_RUNS=${runs}`
process.stdout.write(`random operations: ${setting}\n`)

/** Planning is what takes the time; a machine may have other things to do. */
const timeoutMs = 60_000 + 200 * numRuns

describe('random operations on random data', () => {
  test.each(graphs)(
    'are answered as graphql-js does over the merged schema, and a failing subgraph costs its own fields: $name',
    async (graph) => {
      const cases = fc.record({ draft: draftArbitrary(graph.generation.apiSchema), seed: fc.nat() })
      const property = fc.asyncProperty(cases, async (one) => (await findProblem(graph, one)) === undefined)
      // Shrinking is ours: it knows what an operation is.
      const { counterexample, numRuns: tried } = await fc.check(property, { numRuns, seed, endOnFailure: true })
      if (!counterexample) return
      const [failing] = counterexample
      throw new Error(`${setting}, case ${tried} of ${graph.name}: ${await explainProblem(graph, failing)}`)
    },
    timeoutMs,
  )
})
