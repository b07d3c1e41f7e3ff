import type { FlatPlan } from './compileFlatPlan.ts'
import type { FlatProjector } from './compileFlatProjector.ts'
import type { FlatRun } from './FlatRun.ts'
import { writeBytes } from './flatText.ts'

/** A response's JSON text, in memory that is lent until `release`. */
export type FlatAnswer = { bytes: Buffer; release(): void }

/**
 * Runs a plan over a flat tree: gives the client's whole answer, `{"data":...}` and a line feed, or undefined where the answers of subgraphs are not plain. What the run has
 * sent by then is not to be sent again.
 */
export async function executeFlat(
  run: FlatRun,
  { plan, project }: { plan: FlatPlan; project: FlatProjector },
): Promise<FlatAnswer | undefined> {
  let isPlain: boolean
  try {
    isPlain = await plan.step(run)
  } catch (error) {
    run.abandon()
    throw error
  }
  if (!isPlain) {
    run.end()
    return undefined
  }
  const { tree } = run
  tree.root ||= tree.createObject(plan.layout)
  const start = tree.end
  writeBytes(tree, opening)
  if (!project(tree)) {
    run.end()
    return undefined
  }
  writeBytes(tree, closing)
  return { bytes: tree.bytes.subarray(start, tree.end), release: () => run.end() }
}

const opening = Buffer.from('{"data":')
const closing = Buffer.from('}\n')
