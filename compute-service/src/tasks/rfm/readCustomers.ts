import type { Purchase } from '../../runners/TaskIo.ts'
import { monthNumber, tradingMonths } from '../tradingMonths.ts'

/** Recency, frequency and monetary value of a customer. */
export type Customer = {
  userId: string
  /** Days from the newest purchase to the end of trade. */
  recencyDays: number
  /** On how many days something was bought. */
  frequency: number
  /** US dollars spent in all. */
  monetary: number
}

const dayMs = 86_400_000

/**
 * The customers of purchases in any order, by id, and the day that recency is counted from: the newest with a sale while the shop was open,
 * see `tradingMonths`. Who has bought since then is 0 days away.
 */
export function readCustomers(purchases: readonly Purchase[]): { until: string; customers: Customer[] } {
  const { last } = tradingMonths(
    [...new Set(purchases.map(({ orderDate }) => monthNumber(orderDate)))].sort((a, b) => a - b),
  )
  const until = purchases.reduce(
    (newest, { orderDate }) => (monthNumber(orderDate) <= last && orderDate > newest ? orderDate : newest),
    '',
  )
  const byUser = new Map<string, { days: Set<string>; newest: string; monetary: number }>()
  for (const { userId, orderDate, sales } of purchases) {
    const customer = byUser.get(userId) ?? { days: new Set(), newest: '', monetary: 0 }
    byUser.set(userId, customer)
    customer.days.add(orderDate)
    customer.monetary += Number(sales)
    if (orderDate > customer.newest) customer.newest = orderDate
  }
  const customers = [...byUser.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([userId, { days, newest, monetary }]) => ({
      userId,
      recencyDays: Math.max(0, Math.round((Date.parse(until) - Date.parse(newest)) / dayMs)),
      frequency: days.size,
      monetary,
    }))
  return { until, customers }
}
