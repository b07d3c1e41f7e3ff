import type { DeferNode, DeferredNode, PlanNode } from '@apollo/query-planner'
import { compilePlan, fetchesOf, type PlanOptions } from './compilePlan.ts'
import type { Step } from './Step.ts'

/** What is fetched for one part of an answer: its first, or a deferred one. */
export type PlanPart = {
  /** Absent when nothing is to be fetched. */
  step: Step | undefined
  /** How many fetches of the step have each `id` for which deferred parts wait. */
  fetchIds: ReadonlyMap<string, number>
  /** What is deferred within it. */
  deferred: readonly DeferredPlanPart[]
}

export type DeferredPlanPart = PlanPart & {
  label: string
  /** The ids of the fetches, in parts above, without whose answers nothing can be fetched here. */
  dependsOn: readonly string[]
}

/**
 * Compiles a plan with a `DeferNode` at its top, which is where Apollo's planner has one: its `@defer`s all have labels. A part for which nothing is
 * to be fetched is no part of the result: what it selects comes with the part around it.
 */
export function compileDeferPlan(node: DeferNode, options: PlanOptions): PlanPart {
  return { ...compilePart(node.primary.node, options), deferred: compileDeferred(node.deferred, options) }
}

function compileDeferred(nodes: readonly DeferredNode[], options: PlanOptions): readonly DeferredPlanPart[] {
  return nodes.flatMap(({ label, depends, node }) => {
    const isNested = node?.kind === 'Defer'
    const own = isNested ? node.primary.node : node
    const deferred = isNested ? compileDeferred(node.deferred, options) : []
    if (label === undefined || !own) return deferred
    return [{ ...compilePart(own, options), label, dependsOn: depends.map(({ id }) => id), deferred }]
  })
}

function compilePart(node: PlanNode | undefined, options: PlanOptions): Omit<PlanPart, 'deferred'> {
  const fetchIds = new Map<string, number>()
  for (const { id } of fetchesOf(node)) if (id !== undefined) fetchIds.set(id, (fetchIds.get(id) ?? 0) + 1)
  return { step: node && compilePlan(node, options), fetchIds }
}
