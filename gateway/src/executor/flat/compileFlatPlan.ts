import type { FetchNode, PlanNode } from '@apollo/query-planner'
import { readKeyNames } from '../compileMisplaced.ts'
import { readField } from '../ownField.ts'
import { prepareFetch } from '../PreparedFetch.ts'
import type { SupergraphTypes } from '../SupergraphTypes.ts'
import { createFlatLayout, type FlatLayout, NotFlat } from './FlatLayout.ts'
import { compileFlatPath } from './FlatPath.ts'
import type { FlatRun } from './FlatRun.ts'
import { flatShape } from './FlatShape.ts'
import { compileFlatRepresentations } from './flatRepresentations.ts'

/** A step of a plan over a flat tree: false where the answers are not plain enough for it. Never rejects for what a subgraph does. */
export type FlatStep = (run: FlatRun) => Promise<boolean>

export type FlatPlan = { step: FlatStep; layout: FlatLayout }

/**
 * Compiles the plan of a query for flat trees; undefined for one with anything that only `compilePlan` knows to do: rewrites of representations, fetches of
 * root fields below the root, `@defer`.
 */
export function compileFlatPlan(node: PlanNode, types: SupergraphTypes): FlatPlan | undefined {
  const layout = createFlatLayout()
  try {
    return { step: compileNode(node, [], { layout, types }), layout }
  } catch (error) {
    if (error instanceof NotFlat) return undefined
    throw error
  }
}

type Options = { layout: FlatLayout; types: SupergraphTypes }

function compileNode(node: PlanNode, path: readonly (string | number)[], options: Options): FlatStep {
  switch (node.kind) {
    case 'Fetch':
      return node.requires ? compileEntities(node, path, options) : compileRoot(node, path, options)
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path], options)
    case 'Sequence': {
      const steps = node.nodes.map((child) => compileNode(child, path, options))
      return async (run) => {
        for (const step of steps) if (!(await step(run))) return false
        return true
      }
    }
    case 'Parallel': {
      const steps = node.nodes.map((child) => compileNode(child, path, options))
      return async (run) => (await Promise.all(steps.map((step) => step(run)))).every((isDone) => isDone)
    }
    case 'Condition': {
      const readCondition = readField(node.condition)
      const whenTrue = node.ifClause ? compileNode(node.ifClause, path, options) : nothing
      const whenFalse = node.elseClause ? compileNode(node.elseClause, path, options) : nothing
      return (run) => (readCondition(run.variables) === true ? whenTrue : whenFalse)(run)
    }
    case 'Defer':
      throw new NotFlat('@defer')
    default:
      return node satisfies never
  }
}

const nothing: FlatStep = () => Promise.resolve(true)

function compileRoot(node: FetchNode, path: readonly (string | number)[], { layout, types }: Options): FlatStep {
  if (path.length > 0) throw new NotFlat('root fields below the root')
  const { subgraph, shape, writeBody } = prepareFetch(node, { path, types, isRepeated: false })
  const answered = flatShape(shape, layout)
  return async (run) => {
    const answer = await run.send(subgraph, writeBody(run.variables, undefined))
    return answer !== undefined && run.reader.readRoot(answer, answered)
  }
}

function compileEntities(node: FetchNode, path: readonly (string | number)[], { layout, types }: Options): FlatStep {
  if (node.inputRewrites && node.inputRewrites.length > 0) throw new NotFlat('rewrites of representations')
  const { subgraph, shape, writeBody } = prepareFetch(node, { path, types, isRepeated: false })
  const entityShape = shape.fields[0]?.shape
  if (!entityShape) throw new NotFlat('no entities')
  const place = compileFlatPath(path, layout)
  const writeRepresentations = compileFlatRepresentations({
    requires: node.requires ?? [],
    subgraph,
    types,
    layout: place.layout,
  })
  // An answer with the key of another entity is not for here: `compileMisplaced` decides about it.
  const keys = readKeyNames({ requires: node.requires ?? [], rewrites: [], subgraph, types })
  const answered = flatShape(entityShape, place.layout, keys)
  const composites = answered.fields.flatMap(({ offset, shape: below }) => (below ? [offset] : []))
  return async (run) => {
    const { tree } = run
    const entities = place.collect(tree)
    const asked = writeRepresentations(tree, entities)
    if (!asked) return false
    if (asked.count === 0) return true
    const { count, indexes } = asked
    // For each representation the first object that has it.
    const firsts = tree.allocate(count)
    for (let i = entities.count - 1; i >= 0; i--) {
      const index = tree.tape[indexes + i] as number
      if (index >= 0) tree.tape[firsts + index] = tree.tape[entities.start + i] as number
    }
    const answer = await run.send(subgraph, writeBody(run.variables, asked.text))
    if (!answer) return false
    const isShared = count < entities.count
    // Objects with the same representation come to share what is below them: only where nothing is there yet.
    if (isShared && composites.some((offset) => isSomethingAt(run, entities, offset))) return false
    const placeOf = (index: number) => tree.tape[firsts + index] as number
    if (!run.reader.readEntities(answer, answered, { count, placeOf })) return false
    if (isShared) {
      for (let i = 0; i < entities.count; i++) {
        const index = tree.tape[indexes + i] as number
        const to = tree.tape[entities.start + i] as number
        if (index >= 0 && placeOf(index) !== to) copyFields(tree.tape, placeOf(index), to, answered.fields)
      }
    }
    return true
  }
}

function isSomethingAt({ tree }: FlatRun, entities: { start: number; count: number }, offset: number): boolean {
  for (let i = 0; i < entities.count; i++) {
    if (tree.tape[(tree.tape[entities.start + i] as number) + offset] !== 0) return true
  }
  return false
}

function copyFields(tape: Int32Array, from: number, to: number, fields: readonly { offset: number }[]): void {
  for (const { offset } of fields) {
    const first = tape[from + offset] as number
    // A null does not undo what is there.
    if (first === 0 || (first < 0 && (tape[to + offset] as number) > 0)) continue
    tape[to + offset] = first
    tape[to + offset + 1] = tape[from + offset + 1] as number
  }
}
