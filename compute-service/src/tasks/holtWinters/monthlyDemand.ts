import type { Purchase } from '../../runners/TaskIo.ts'
import { firstDay, monthNumber, tradingMonths } from '../tradingMonths.ts'

/** What was sold in one category, month by month. */
export type CategoryDemand = {
  category: string
  /** Pieces sold in each of the months. */
  quantities: number[]
  /** The products that sold most pieces, best first, at most 10. */
  topProductIds: string[]
}

const topCount = 10

/**
 * Adds up the pieces sold in each category and month, categories in alphabetical order; every category has every month, if with 0.
 * Months are given by their first day, oldest first. The month of `today`, which is not over, is left out. Where nothing at all was sold for
 * more than a year, only the longest stretch without such a gap counts: a single order years after the rest says nothing about demand.
 */
export function monthlyDemand(
  purchases: readonly Purchase[],
  today: Date,
): { months: string[]; categories: CategoryDemand[] } {
  const thisMonth = monthNumber(today.toISOString())
  const sold = new Set(purchases.map((purchase) => monthNumber(purchase.orderDate)))
  const { first, last } = tradingMonths([...sold].filter((month) => month < thisMonth).sort((a, b) => a - b))
  const length = last - first + 1
  const categories = new Map<string, { quantities: number[]; products: Map<string, number> }>()
  for (const { category, productId, orderDate, quantity } of purchases) {
    const month = monthNumber(orderDate)
    if (month < first || month > last) continue
    const demand = categories.get(category) ?? { quantities: new Array<number>(length).fill(0), products: new Map() }
    categories.set(category, demand)
    demand.quantities[month - first] += quantity
    demand.products.set(productId, (demand.products.get(productId) ?? 0) + quantity)
  }
  return {
    months: Array.from({ length }, (_, index) => firstDay(first + index)),
    categories: [...categories.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([category, { quantities, products }]) => ({ category, quantities, topProductIds: bestSellers(products) })),
  }
}

/** The first day of the month that is `steps` after the given one. */
export function addMonths(month: string, steps: number): string {
  return firstDay(monthNumber(month) + steps)
}

function bestSellers(products: ReadonlyMap<string, number>): string[] {
  return [...products.entries()]
    .sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
    .slice(0, topCount)
    .map(([id]) => id)
}
