import type { FetchNode, PlanNode } from '@apollo/query-planner'
import { compileFetch } from './compileFetch.ts'
import { readField } from './ownField.ts'
import { withoutName } from './RequestBody.ts'
import type { Step } from './Step.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

export type PlanOptions = { types: SupergraphTypes; isMutation: boolean }

/**
 * Compiles a plan of Apollo's query planner into one closure. Steps of a `Sequence` follow one another, those of a `Parallel` run side
 * by side. In a query, fetches that turn out to ask the same of a subgraph send one request; in a mutation each sends its own,
 * because what they read may change in between. Throws for a `DeferNode`: see `compileDeferPlan`.
 */
export function compilePlan(node: PlanNode, options: PlanOptions): Step {
  const seen = new Map<string, number>()
  if (!options.isMutation) {
    for (const fetch of fetchesOf(node)) seen.set(requestKey(fetch), (seen.get(requestKey(fetch)) ?? 0) + 1)
  }
  return compileNode(node, [], {
    types: options.types,
    isRepeated: (fetch) => (seen.get(requestKey(fetch)) ?? 0) > 1,
  })
}

type Options = { types: SupergraphTypes; isRepeated(fetch: FetchNode): boolean }

function compileNode(node: PlanNode, path: readonly (string | number)[], options: Options): Step {
  switch (node.kind) {
    case 'Fetch': {
      const step = compileFetch(node, { path, types: options.types, isRepeated: options.isRepeated(node) })
      const { id } = node
      if (id === undefined) return step
      return async (state) => {
        await step(state)
        state.arrived?.(id)
      }
    }
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path], options)
    case 'Sequence': {
      const steps = node.nodes.map((child) => compileNode(child, path, options))
      return async (state) => {
        for (const step of steps) await step(state)
      }
    }
    case 'Parallel': {
      const steps = node.nodes.map((child) => compileNode(child, path, options))
      return async (state) => {
        await Promise.all(steps.map((step) => step(state)))
      }
    }
    case 'Condition': {
      const readCondition = readField(node.condition)
      const whenTrue = node.ifClause ? compileNode(node.ifClause, path, options) : nothing
      const whenFalse = node.elseClause ? compileNode(node.elseClause, path, options) : nothing
      return (state) => (readCondition(state.variables) === true ? whenTrue : whenFalse)(state)
    }
    case 'Defer':
      throw new Error('Expected a plan without @defer')
    default:
      return node satisfies never
  }
}

const nothing: Step = () => Promise.resolve()

function requestKey(fetch: FetchNode): string {
  return `${fetch.serviceName}\n${withoutName(fetch.operation)}`
}

/** The fetches of a plan, those of the parts that a `DeferNode` defers left out. */
export function fetchesOf(node: PlanNode | undefined): FetchNode[] {
  switch (node?.kind) {
    case undefined:
      return []
    case 'Fetch':
      return [node]
    case 'Flatten':
      return fetchesOf(node.node)
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(fetchesOf)
    case 'Condition':
      return [...fetchesOf(node.ifClause), ...fetchesOf(node.elseClause)]
    case 'Defer':
      return fetchesOf(node.primary.node)
    default:
      return node satisfies never
  }
}
