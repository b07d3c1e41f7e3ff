import DataLoader from 'dataloader'
import { groupByOrder } from './groupByOrder.ts'
import type { Store } from './store/createStore.ts'
import type { OrdersPage, OrdersPageRequest, StoredLine, StoredOrder } from './store/readOrders.ts'
import type { StoredProduct } from './store/readProducts.ts'
import type { StoredSummary } from './store/readSummaries.ts'

/** The lookups of one operation, each batched into one statement. */
export type Loaders = {
  /** An order by id; undefined when there is none. */
  order: DataLoader<string, StoredOrder | undefined>
  /** A product by id; undefined when there is none. */
  product: DataLoader<string, StoredProduct | undefined>
  /** The lines of an order by its id. */
  lines: DataLoader<string, StoredLine[]>
  ordersOfUser: DataLoader<OrdersPageRequest, OrdersPage, string>
  /** The summary of a user's orders by the user's id. */
  summary: DataLoader<string, StoredSummary>
}

export function createLoaders(store: Store): Loaders {
  return {
    order: new DataLoader(async (ids) => inOrder(ids, await store.findOrders(ids))),
    product: new DataLoader(async (ids) => inOrder(ids, await store.findProducts(ids))),
    lines: new DataLoader(async (orderIds) => {
      const lines = groupByOrder(await store.findLines(orderIds))
      return orderIds.map((id) => lines.get(id) ?? [])
    }),
    ordersOfUser: new DataLoader((requests) => store.findOrdersOfUsers(requests), {
      cacheKeyFn: ({ userId, limit, after }) => JSON.stringify([userId, limit, after?.orderDate, after?.id]),
    }),
    summary: new DataLoader(async (userIds) => {
      const summaries = new Map((await store.findSummaries(userIds)).map((summary) => [summary.userId, summary]))
      return userIds.map((userId) => summaries.get(userId) ?? emptySummary(userId))
    }),
  }
}

function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): (Row | undefined)[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id))
}

function emptySummary(userId: string): StoredSummary {
  return { userId, count: 0, total: '0.00', firstOrderDate: null, lastOrderDate: null, favouriteCategory: null }
}
