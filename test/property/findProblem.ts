import type { Draft } from './Draft.ts'
import { type PrintedOperation, printDraft } from './printDraft.ts'
import { reduceDraft } from './reduceDraft.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { tryCase } from './tryCase.ts'
import { tryFaultyCase } from './tryFaultyCase.ts'

/** One case: everything about it follows from these. */
export type PropertyCase = { draft: Draft; seed: number }

type Rates = { nulls: number; errors: number; share: number }

/** How often a nullable value is null, a field throws, and a subgraph's answer is spoilt. */
const usualRates: Rates = { nulls: 0.15, errors: 0.03, share: 0.25 }

/** Tries a case without and with failures of subgraphs. Gives what is wrong, or undefined. */
export function findProblem(graph: SubgraphGraph, { draft, seed }: PropertyCase): Promise<string | undefined> {
  return tryPrinted(graph, printDraft(graph.generation.apiSchema, draft), { seed, ...usualRates })
}

/** A failing case made small: the problem of the smallest operation, on the plainest data, that has the same. */
export async function explainProblem(graph: SubgraphGraph, { draft, seed }: PropertyCase): Promise<string> {
  const found = await findProblem(graph, { draft, seed })
  const headline = headlineOf(found)
  let rates = usualRates
  const isSame = async (one: Draft, tried: Rates) => {
    const printed = tryPrint(one)
    return printed !== undefined && headlineOf(await tryPrinted(graph, printed, { seed, ...tried })) === headline
  }
  for (const plainer of [{ errors: 0 }, { nulls: 0 }, { share: 0 }]) {
    if (await isSame(draft, { ...rates, ...plainer })) rates = { ...rates, ...plainer }
  }
  const smallest = await reduceDraft(draft, { fails: (one) => isSame(one, rates) })
  const problem = await tryPrinted(graph, printDraft(graph.generation.apiSchema, smallest), { seed, ...rates })
  return `${problem ?? found}\ndata: ${JSON.stringify({ seed, ...rates })}`

  function tryPrint(one: Draft): PrintedOperation | undefined {
    try {
      return printDraft(graph.generation.apiSchema, one)
    } catch {
      // Without an argument, or out of a fragment, it is not valid any more.
      return undefined
    }
  }
}

async function tryPrinted(
  graph: SubgraphGraph,
  printed: PrintedOperation,
  options: Rates & { seed: number },
): Promise<string | undefined> {
  try {
    return (await tryCase(graph, printed, options)) ?? (await tryFaultyCase(graph, printed, options))
  } catch (error) {
    return `${error}\n${printed.text}\nvariables: ${JSON.stringify(printed.variables)}`
  }
}

/** The kind of the problem, without what differs from one operation to another. */
function headlineOf(problem: string | undefined): string | undefined {
  return problem?.split('\n')[0]?.replace(/ at .*| \{.*|, got .*|: .*/, '')
}
