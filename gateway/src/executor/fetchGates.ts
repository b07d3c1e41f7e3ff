import type { PlanPart } from './compileDeferPlan.ts'

/** Who waits for the answers of fetches, by their ids in the plan. */
export type FetchGates = {
  /** One fetch has its answer. */
  arrived(fetchId: string): void
  /** None of these will be answered any more that was not. */
  openAll(fetchIds: Iterable<string>): void
  whenAnswered(fetchIds: readonly string[]): Promise<void>
}

/** The {@link FetchGates} of a plan. A repaired plan may have split a fetch in several of one id: the gate opens when all have answers. */
export function createFetchGates(plan: PlanPart): FetchGates {
  const gates = new Map<string, { missing: number; opened: Promise<void>; open(): void }>()
  const pending: PlanPart[] = [plan]
  for (let part = pending.pop(); part; part = pending.pop()) {
    for (const [id, missing] of part.fetchIds) {
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      gates.set(id, { missing, opened, open })
    }
    pending.push(...part.deferred)
  }
  return {
    arrived(id) {
      const gate = gates.get(id)
      if (gate && --gate.missing === 0) gate.open()
    },
    openAll(ids) {
      for (const id of ids) gates.get(id)?.open()
    },
    async whenAnswered(ids) {
      await Promise.all(ids.map((id) => gates.get(id)?.opened))
    },
  }
}
