import type { Database } from '@tributary/runtime/database'
import { sql } from 'kysely'
import { type Cancelled, cancelOrder } from './cancelOrder.ts'
import { type Placed, type PlaceOrderRequest, placeOrder } from './placeOrder.ts'
import {
  findLines,
  findOrders,
  findOrdersOfUsers,
  type OrdersPage,
  type OrdersPageRequest,
  type StoredLine,
  type StoredOrder,
} from './readOrders.ts'
import { findProducts, listProducts, type ProductsPageRequest, type StoredProduct } from './readProducts.ts'
import { listPurchases, type StoredPurchase } from './readPurchases.ts'
import { findSummaries, type StoredSummary } from './readSummaries.ts'
import type { Tables } from './tables.ts'

/** All SQL of the orders subgraph. What is found by ids comes in no order, and what does not exist is left out. */
export type Store = {
  findOrders(ids: readonly string[]): Promise<StoredOrder[]>
  /** One page for each request, in the order of the requests, all in one statement. */
  findOrdersOfUsers(requests: readonly OrdersPageRequest[]): Promise<OrdersPage[]>
  /** The lines of these orders, by position. */
  findLines(orderIds: readonly string[]): Promise<StoredLine[]>
  findSummaries(userIds: readonly string[]): Promise<StoredSummary[]>
  findProducts(ids: readonly string[]): Promise<StoredProduct[]>
  listProducts(request: ProductsPageRequest): Promise<{ products: StoredProduct[]; totalCount: number }>
  listPurchases(page: { after: number; limit: number }): Promise<StoredPurchase[]>
  placeOrder(request: PlaceOrderRequest): Promise<Placed>
  cancelOrder(order: { id: string; userId: string }): Promise<Cancelled>
  /** Rejects when the database does not answer. */
  isReady(): Promise<boolean>
}

export function createStore({ kysely }: Database<Tables>): Store {
  return {
    findOrders: (ids) => findOrders(kysely, ids),
    findOrdersOfUsers: (requests) => findOrdersOfUsers(kysely, requests),
    findLines: (orderIds) => findLines(kysely, orderIds),
    findSummaries: (userIds) => findSummaries(kysely, userIds),
    findProducts: (ids) => findProducts(kysely, ids),
    listProducts: (request) => listProducts(kysely, request),
    listPurchases: (page) => listPurchases(kysely, page),
    placeOrder: (request) => placeOrder(kysely, request),
    cancelOrder: (order) => cancelOrder(kysely, order),
    async isReady() {
      await sql`SELECT 1`.execute(kysely)
      return true
    },
  }
}
