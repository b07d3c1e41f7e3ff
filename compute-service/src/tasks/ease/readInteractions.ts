import type { Purchase } from '../../runners/TaskIo.ts'

/** Who bought what and in which order: each (user, product) pair once. */
export type Interactions = {
  /** The ids of all users, ascending; their positions are the users' indices. */
  userIds: readonly string[]
  /** The ids of all products, ascending; their positions are the products' indices. */
  productIds: readonly string[]
  /** For each user, the indices of the products bought, in the order in which they were first bought. */
  histories: readonly (readonly number[])[]
}

/** Finds the {@link Interactions} of purchases in any order. */
export function readInteractions(purchases: readonly Purchase[]): Interactions {
  const userIds = [...new Set(purchases.map((purchase) => purchase.userId))].sort()
  const productIds = [...new Set(purchases.map((purchase) => purchase.productId))].sort()
  const productIndex = new Map(productIds.map((id, index) => [id, index]))
  const histories = new Map(userIds.map((id) => [id, new Set<number>()]))
  for (const { userId, productId } of purchases.toSorted(byTime)) {
    const index = productIndex.get(productId)
    if (index !== undefined) histories.get(userId)?.add(index)
  }
  return { userIds, productIds, histories: [...histories.values()].map((history) => [...history]) }
}

function byTime(a: Purchase, b: Purchase): number {
  if (a.orderDate !== b.orderDate) return a.orderDate < b.orderDate ? -1 : 1
  return a.line - b.line
}
