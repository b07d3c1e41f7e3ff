/** Where a segment stands between the others: how recently, and how often and much its customers bought, from 0 (the last) to 1 (the first). */
export type Standing = { recency: number; value: number }

export type SegmentName = { name: string; description: string }

const [low, middle, high] = [0, 1 / 2, 1]

/** A name for each meeting of recency and value. */
const profiles: readonly (SegmentName & Standing)[] = [
  { recency: high, value: high, name: 'Champions', description: 'Bought recently, and often and much before.' },
  { recency: high, value: middle, name: 'Promising', description: 'Bought recently, and now and then before.' },
  { recency: high, value: low, name: 'New', description: 'Bought recently, but seldom or little so far.' },
  { recency: middle, value: high, name: 'Loyal', description: 'Buy often and much; the last time is a while ago.' },
  { recency: middle, value: middle, name: 'Regular', description: 'Buy now and then; the last time is a while ago.' },
  {
    recency: middle,
    value: low,
    name: 'Occasional',
    description: 'Buy seldom or little; the last time is a while ago.',
  },
  { recency: low, value: high, name: 'At risk', description: 'Bought often and much, but not for a long time.' },
  { recency: low, value: middle, name: 'Slipping away', description: 'Bought now and then, but not for a long time.' },
  { recency: low, value: low, name: 'Lost', description: 'Bought seldom or little, and not for a long time.' },
]

/** How many segments can be named. */
export const maxSegments = profiles.length - 1

/**
 * Names segments by their profile: each gets another one of nine, so that the names lie as near as they can to where the segments stand (the
 * least sum of squared distances over all ways to give them). Where two segments are both nearest to one name, the other takes the next
 * best. At most {@link maxSegments}.
 */
export function nameSegments(standings: readonly Standing[]): SegmentName[] {
  if (standings.length > maxSegments)
    throw new Error(`Expected at most ${maxSegments} segments, got ${standings.length}`)
  // For each set of names that the first segments may have taken, the least cost of that, and the last name in it.
  let best = new Map<number, { cost: number; chosen: readonly number[] }>([[0, { cost: 0, chosen: [] }]])
  for (const standing of standings) {
    const next: typeof best = new Map()
    for (const [taken, { cost, chosen }] of best) {
      for (const [index, profile] of profiles.entries()) {
        if (taken & (1 << index)) continue
        const after = taken | (1 << index)
        const sum = cost + (profile.recency - standing.recency) ** 2 + (profile.value - standing.value) ** 2
        if (sum < (next.get(after)?.cost ?? Number.POSITIVE_INFINITY))
          next.set(after, { cost: sum, chosen: [...chosen, index] })
      }
    }
    best = next
  }
  const [least] = [...best.values()].sort((a, b) => a.cost - b.cost)
  return (least?.chosen ?? []).map((index) => ({
    name: profiles[index].name,
    description: profiles[index].description,
  }))
}
