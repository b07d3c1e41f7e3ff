/**
 * The indices of the `count` highest scores above `floor`, best first; of equal scores the lower index comes first.
 * `isExcluded` leaves indices out.
 */
export function pickTop(
  scores: ArrayLike<number>,
  count: number,
  options: { floor?: number; isExcluded?: (index: number) => boolean } = {},
): number[] {
  const { floor = Number.NEGATIVE_INFINITY, isExcluded } = options
  const top: number[] = []
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index]
    if (!(score > floor)) continue
    if (top.length === count && !(score > scores[top[count - 1]])) continue
    if (isExcluded?.(index)) continue
    let place = top.length
    while (place > 0 && scores[top[place - 1]] < score) place -= 1
    top.splice(place, 0, index)
    if (top.length > count) top.pop()
  }
  return top
}
