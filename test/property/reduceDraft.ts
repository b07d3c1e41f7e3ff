import type { Draft, DraftSelection } from './Draft.ts'

/**
 * Makes a failing draft smaller as long as it still fails: selections left out, fragments opened, aliases, arguments and conditions dropped.
 * Takes the first simpler draft that fails, again and again, for at most so many attempts.
 */
export async function reduceDraft(
  draft: Draft,
  { fails, maxAttempts = 2_000 }: { fails: (draft: Draft) => Promise<boolean>; maxAttempts?: number },
): Promise<Draft> {
  let smallest = draft
  let attempts = 0
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const selections of simpler(smallest.selections)) {
      if (selections.length === 0) continue
      if (++attempts > maxAttempts) return smallest
      const candidate = { ...smallest, selections }
      if (!(await fails(candidate))) continue
      smallest = candidate
      isSmaller = true
      break
    }
  }
  return smallest
}

function* simpler(selections: readonly DraftSelection[]): Generator<readonly DraftSelection[]> {
  for (const [index, one] of selections.entries()) {
    const replace = (...others: DraftSelection[]) => selections.toSpliced(index, 1, ...others)
    yield replace()
    if (one.kind === 'fragment') {
      yield replace(...one.selections)
      if (one.name !== undefined) yield replace({ ...one, name: undefined })
    }
    if (one.conditions.length > 0) yield replace({ ...one, conditions: one.conditions.slice(1) })
    if (one.conditions.length > 1) yield replace({ ...one, conditions: one.conditions.slice(0, 1) })
    if (one.kind === 'field') {
      if (one.alias !== undefined) yield replace({ ...one, alias: undefined })
      for (const name of Object.keys(one.args)) {
        const { [name]: _, ...args } = one.args
        yield replace({ ...one, args })
      }
    }
    for (const children of simpler(one.selections))
      if (children.length > 0) yield replace({ ...one, selections: children })
  }
}
