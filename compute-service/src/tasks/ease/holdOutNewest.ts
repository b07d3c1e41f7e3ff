/** The share of each user's purchases that is held out. */
const heldOutShare = 0.2

/**
 * Takes each user's newest purchases away, for measuring a model that has not seen them: a fifth, at least one. Users with a single
 * purchase keep it. The same histories are always divided in the same way.
 */
export function holdOutNewest(histories: readonly (readonly number[])[]): { kept: number[][]; heldOut: number[][] } {
  const kept: number[][] = []
  const heldOut: number[][] = []
  for (const history of histories) {
    const count = history.length < 2 ? 0 : Math.max(1, Math.round(history.length * heldOutShare))
    kept.push(history.slice(0, history.length - count))
    heldOut.push(history.slice(history.length - count))
  }
  return { kept, heldOut }
}
