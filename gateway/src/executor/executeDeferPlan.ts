import type { GraphQLError } from 'graphql'
import type { AnswerParts, DeferredPlace } from './AnswerParts.ts'
import type { DeferredPlanPart, PlanPart } from './compileDeferPlan.ts'
import { createExecutionState, type ExecutionState } from './ExecutionState.ts'
import { type PlanRun, problemError, toGraphQLError } from './executePlan.ts'
import { createFetchGates } from './fetchGates.ts'
import type { DeferredPart, IncrementalResult, PendingPart } from './IncrementalResult.ts'
import { markFailures } from './markFailures.ts'
import type { Projector } from './Projector.ts'
import { unexpectedError } from './unexpectedError.ts'

export type DeferRun = Pick<PlanRun, 'introspect' | 'variables' | 'context' | 'transport'> & {
  plan: PlanPart
  parts: AnswerParts
  /** Of all that the client has asked for, deferred or not. */
  whole: Pick<Projector, 'clientPath'>
  /** What a deferred fragment is called in the plan, and by the client. */
  namesOf(place: DeferredPlace): { label: string; clientLabel: string | undefined }
}

/** The results of one operation whose answer comes in parts. */
export type IncrementalRun = {
  /** The first part, then whatever parts are there by then; undefined when all has been said. Never rejects. */
  next(): Promise<IncrementalResult | undefined>
}

/** What a part builds on: the parts around it, and where in them it belongs. */
type Around = Pick<ExecutionState, 'failures' | 'reports'> & { places: ReadonlyMap<string, readonly Place[]> }

type Place = DeferredPlace & { pending: PendingPart }

const nothing: Around = { failures: [], reports: [], places: new Map() }

/**
 * Runs a plan with deferred parts, all of which merge into one tree. A part's fetches start when those that they depend on have been answered; it is given out
 * after the part around it, with the errors of its own fetches. Where that has no object for it, because of a null or of a list without items, it is not
 * given out, nor waited for.
 */
export function executeDeferPlan(run: DeferRun): IncrementalRun {
  const { plan, parts, introspect } = run
  const gates = createFetchGates(plan)
  const shared = createExecutionState(run)
  const { root } = shared
  /** Parts that are there and were not given out yet, no more than the operation has deferred fragments. */
  let there: { incremental: readonly DeferredPart[]; pending: readonly PendingPart[] }[] = []
  let outstanding = countParts(plan.deferred)
  let placeCount = 0
  let wake = () => {}
  const first = runFirst()
  let isFirstGiven = false

  return {
    async next() {
      if (!isFirstGiven) {
        isFirstGiven = true
        return first
      }
      while (there.length === 0 && outstanding > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (there.length === 0) return undefined
      const incremental = there.flatMap((one) => one.incremental)
      const pending = there.flatMap((one) => one.pending)
      there = []
      return { ...(pending.length > 0 && { pending }), incremental, hasNext: outstanding > 0 }
    },
  }

  async function runFirst(): Promise<IncrementalResult> {
    const state = createState()
    let around = (_: Around) => {}
    const delivered = new Promise<Around>((resolve) => {
      around = resolve
    })
    for (const part of plan.deferred) runDeferred(part, delivered)
    try {
      const problem = await fetchPart(plan, state)
      if (problem) throw problem.cause
      const { failures, reports } = mark(state, nothing)
      const { data, problems } = parts.first.project(root, { introspect, isTold: reports.length > 0 })
      const errors = [...reports.map(toClient), ...problems.map(problemError)]
      // The projector has written it.
      const value = JSON.parse(data) as Record<string, unknown> | null
      const { places, pending } = open(parts.first.locate(root, value, []), plan)
      around({ failures, reports, places })
      const hasNext = outstanding > 0
      return { data: value, ...(errors.length > 0 && { errors }), ...(pending.length > 0 && { pending }), hasNext }
    } catch (cause) {
      outstanding = 0
      around(nothing)
      return { data: null, errors: [unexpectedError(cause)], hasNext: false }
    }
  }

  function runDeferred(part: DeferredPlanPart, around: Promise<Around>): void {
    const state = createState()
    const fetched = gates.whenAnswered(part.dependsOn).then(() => fetchPart(part, state))
    const delivered = Promise.all([around, fetched]).then(([around, problem]) => deliver(part, state, around, problem))
    for (const inner of part.deferred) runDeferred(inner, delivered)
  }

  /** Never rejects: gives what was thrown, if anything was. */
  async function fetchPart({ step, fetchIds }: PlanPart, state: ExecutionState): Promise<Thrown | undefined> {
    try {
      await step?.(state)
      return undefined
    } catch (cause) {
      return { cause }
    } finally {
      // What a condition has left out will not come.
      gates.openAll(fetchIds.keys())
    }
  }

  function deliver(part: DeferredPlanPart, state: ExecutionState, around: Around, problem: Thrown | undefined): Around {
    const places = around.places.get(part.label)
    // Counted off by whoever has found that there are none.
    if (!places) return nothing
    try {
      if (problem) throw problem.cause
      const { failures, reports } = mark(state, around)
      const found: DeferredPlace[] = []
      const isTold = reports.length > 0
      const incremental = places.map((place) => {
        const projector = parts.at(place)
        const { data, problems } = projector.project(place.source, { introspect, isTold })
        // The projector has written it.
        const value = JSON.parse(data) as Record<string, unknown> | null
        found.push(...projector.locate(place.source, value, place.path))
        const errors = problems.map(({ message, path }) => problemError({ message, path: [...place.path, ...path] }))
        return { ...place.pending, data: value, errors }
      })
      for (const error of state.reports.map(toClient)) placeOf(incremental, error)?.errors.push(error)
      // A null without a reason of its own has one that was told before.
      const [reason] = reports.map(toClient)
      for (const { data, errors } of incremental) if (!data && errors.length === 0 && reason) errors.push(reason)
      const { places: inner, pending } = open(found, part)
      give(incremental, pending)
      return { failures, reports, places: inner }
    } catch (cause) {
      const errors = [unexpectedError(cause)]
      open([], part)
      give(
        places.map(({ pending }) => ({ ...pending, data: null, errors })),
        [],
      )
      return nothing
    }
  }

  function createState(): ExecutionState {
    return { ...shared, reports: [], failures: [], sent: new Map(), arrived: gates.arrived }
  }

  /** Marks what is missing by now, and gives all that is known of it: what failed in the parts around may be missed here. */
  function mark(state: ExecutionState, around: Around): Pick<Around, 'failures' | 'reports'> {
    const failures = [...around.failures, ...state.failures]
    if (failures.length > 0) markFailures(failures)
    return { failures, reports: [...around.reports, ...state.reports] }
  }

  /** Tells of the places for the parts within this one. Parts that have none are counted off, with all within them. */
  function open(found: readonly DeferredPlace[], part: PlanPart): Pick<Around, 'places'> & { pending: PendingPart[] } {
    const places = new Map<string, Place[]>()
    for (const place of found) {
      const { label, clientLabel } = run.namesOf(place)
      const pending = {
        id: String(placeCount++),
        path: place.path,
        ...(clientLabel !== undefined && { label: clientLabel }),
      }
      const known = places.get(label)
      if (known) known.push({ ...place, pending })
      else places.set(label, [{ ...place, pending }])
    }
    for (const inner of part.deferred) if (!places.has(inner.label)) outstanding -= countParts([inner])
    return { places, pending: [...places.values()].flat().map(({ pending }) => pending) }
  }

  function give(incremental: readonly (DeferredPart & { errors: readonly GraphQLError[] })[], pending: PendingPart[]) {
    outstanding--
    const clean = incremental.map(({ errors, ...part }) => ({ ...part, ...(errors.length > 0 && { errors }) }))
    there.push({ incremental: clean, pending })
    wake()
  }

  function toClient(report: ExecutionState['reports'][number]): GraphQLError {
    return toGraphQLError(report, run.whole, root)
  }
}

type Thrown = { cause: unknown }

/** The part whose object the error's path leads through, or else the first. */
function placeOf<Part extends PendingPart>(parts: readonly Part[], { path = [] }: GraphQLError): Part | undefined {
  return parts.find((part) => part.path.every((key, index) => key === path[index])) ?? parts[0]
}

function countParts(parts: readonly DeferredPlanPart[]): number {
  return parts.reduce((count, part) => count + 1 + countParts(part.deferred), 0)
}
