/** Lines by the id of their order, in the order in which they come. */
export function groupByOrder<Line extends { orderId: string }>(lines: readonly Line[]): Map<string, Line[]> {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const group = groups.get(line.orderId)
    if (group) group.push(line)
    else groups.set(line.orderId, [line])
  }
  return groups
}
