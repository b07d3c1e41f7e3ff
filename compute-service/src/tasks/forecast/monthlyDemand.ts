import type { Purchase } from '../../runners/TaskIo.ts'
import { monthNumber, tradingMonths } from '../tradingMonths.ts'

/** What was sold of a category or a product, month by month. */
export type Demand = {
  category: string
  /** Null where it is a whole category. */
  productId: string | null
  /** The month of the first sale, as a `monthNumber`. */
  from: number
  /** Pieces sold in each month, from the first sale to the last month of trade. */
  quantities: number[]
  /** The products that sold most pieces, best first, at most 10; none where it is a product. */
  topProductIds: string[]
}

const topCount = 10

/**
 * Adds up the pieces sold in each month by category, or by product where `productIds` are given, in alphabetical order. The month of
 * `today`, which is not over, is left out, and so is what was sold while the shop was closed otherwise (`tradingMonths`). What was not sold at
 * all in between is missing.
 */
export function monthlyDemand(
  purchases: readonly Purchase[],
  { today, productIds }: { today: Date; productIds: readonly string[] | undefined },
): Demand[] {
  const thisMonth = monthNumber(today.toISOString())
  const sold = new Set(purchases.map((purchase) => monthNumber(purchase.orderDate)))
  const trade = tradingMonths([...sold].filter((month) => month < thisMonth).sort((a, b) => a - b))
  const wanted = productIds && new Set(productIds)
  const groups = new Map<string, { category: string; months: Map<number, number>; products: Map<string, number> }>()
  for (const { category, productId, orderDate, quantity } of purchases) {
    const month = monthNumber(orderDate)
    if (month < trade.first || month > trade.last || wanted?.has(productId) === false) continue
    const key = wanted ? productId : category
    const group = groups.get(key) ?? { category, months: new Map(), products: new Map() }
    groups.set(key, group)
    group.months.set(month, (group.months.get(month) ?? 0) + quantity)
    group.products.set(productId, (group.products.get(productId) ?? 0) + quantity)
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { category, months, products }]) => {
      const from = Math.min(...months.keys())
      const quantities = Array.from({ length: trade.last - from + 1 }, (_, index) => months.get(from + index) ?? 0)
      return wanted
        ? { category, productId: key, from, quantities, topProductIds: [] }
        : { category, productId: null, from, quantities, topProductIds: bestSellers(products) }
    })
}

function bestSellers(products: ReadonlyMap<string, number>): string[] {
  return [...products.entries()]
    .sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
    .slice(0, topCount)
    .map(([id]) => id)
}
