import { readPropertySettings } from './config.ts'
import { graphs } from './graphs/graphs.ts'
import { buildSubgraphGraph } from './SubgraphGraph.ts'
import { flatAnswers } from './tryCase.ts'
import { tryGraph } from './tryGraph.ts'

/**
 * `npm run test:property`: random operations on random data, for each graph. Tells the seed, each failing case made small, and how many cases there
 * were. Exit code 1 when one failed.
 */
async function main(): Promise<void> {
  const { runs, seed, graph: only, maxProblems } = readPropertySettings()
  const chosen = graphs.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0) throw new Error(`Expected PROPERTY_GRAPH to be one of ${graphs.map(({ name }) => name)}`)
  const cases = Math.ceil(runs / chosen.length)
  console.log(`random operations: PROPERTY_SEED=${seed} PROPERTY_RUNS=${runs}`)
  for (const graph of chosen) {
    const { tried, problems } = await tryGraph(buildSubgraphGraph(graph), { cases, seed, maxProblems }, (problem) => {
      console.log(
        `PROPERTY_SEED=${seed} PROPERTY_GRAPH=${graph.name} PROPERTY_RUNS=${problem.index}\n${problem.text}\n`,
      )
      process.exitCode = 1
    })
    console.log(`${graph.name}: ${tried} cases, ${problems} failed, ${flatAnswers.count} answers of flat trees so far`)
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
