import { storableText } from '@tributary/runtime/database'
import { type Kysely, type Selectable, sql } from 'kysely'
import { formatMoney } from '../formatMoney.ts'
import type { OrderLinesTable, OrdersTable, Tables } from './tables.ts'

/** A user as orders know one. */
export type UserReference = { id: string }

export type StoredOrder = {
  id: string
  userId: string
  status: OrdersTable['status']
  orderDate: string
  shipDate: string | null
  shipMode: OrdersTable['ship_mode']
  total: string
}

export type StoredLine = {
  orderId: string
  position: number
  productId: string
  quantity: number
  discount: string
  sales: string
  profit: string | null
}

/** A page of a user's orders, newest first: `limit` orders older than `after`. */
export type OrdersPageRequest = {
  userId: string
  limit: number
  after: { orderDate: string; id: string } | undefined
}

export type OrdersPage = {
  orders: StoredOrder[]
  /** How many orders the user has in all. */
  totalCount: number
}

export async function findOrders(db: Kysely<Tables>, ids: readonly string[]): Promise<StoredOrder[]> {
  const unique = [...new Set(ids.map(storableText))]
  const rows = await db.selectFrom('orders').selectAll().where('id', '=', sql<string>`ANY(${unique}::text[])`).execute()
  return rows.map(toOrder)
}

export async function findOrdersOfUsers(
  db: Kysely<Tables>,
  requests: readonly OrdersPageRequest[],
): Promise<OrdersPage[]> {
  // Each request reads its own stretch of the index orders_of_user; one without orders comes as a row of nulls.
  const { rows } = await sql<Nullable<Selectable<OrdersTable>> & { request: number; total_count: number }>`
    SELECT numbered.request, counted.total_count, page.*
    FROM unnest(
      ${requests.map(({ userId }) => storableText(userId))}::text[],
      ${requests.map(({ limit }) => limit)}::int[],
      ${requests.map(({ after }) => after?.orderDate ?? null)}::date[],
      ${requests.map(({ after }) => (after ? storableText(after.id) : null))}::text[]
    ) WITH ORDINALITY AS given (user_id, page_size, after_date, after_id, ordinality)
    CROSS JOIN LATERAL (SELECT given.ordinality::int - 1 AS request) AS numbered
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS total_count FROM orders WHERE orders.user_id = given.user_id
    ) AS counted
    LEFT JOIN LATERAL (
      SELECT orders.* FROM orders
      WHERE orders.user_id = given.user_id
        AND (given.after_date IS NULL OR (orders.order_date, orders.id) < (given.after_date, given.after_id))
      ORDER BY orders.order_date DESC, orders.id DESC
      LIMIT given.page_size
    ) AS page ON true
    ORDER BY request, page.order_date DESC, page.id DESC`.execute(db)
  const pages: OrdersPage[] = requests.map(() => ({ orders: [], totalCount: 0 }))
  for (const row of rows) {
    const page = pages[row.request]
    if (!page) continue
    page.totalCount = row.total_count
    if (isPresent(row)) page.orders.push(toOrder(row))
  }
  return pages
}

export async function findLines(db: Kysely<Tables>, orderIds: readonly string[]): Promise<StoredLine[]> {
  const rows = await db
    .selectFrom('order_lines')
    .selectAll()
    .where('order_id', '=', sql<string>`ANY(${orderIds}::text[])`)
    .orderBy('order_id')
    .orderBy('position')
    .execute()
  return rows.map(toLine)
}

type Nullable<Row> = { [Column in keyof Row]: Row[Column] | null }

function isPresent(row: Nullable<Selectable<OrdersTable>>): row is Selectable<OrdersTable> {
  return row.id !== null
}

export function toOrder(row: Selectable<OrdersTable>): StoredOrder {
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    orderDate: row.order_date,
    shipDate: row.ship_date,
    shipMode: row.ship_mode,
    total: formatMoney(row.total),
  }
}

function toLine(row: Selectable<OrderLinesTable>): StoredLine {
  return {
    orderId: row.order_id,
    position: row.position,
    productId: row.product_id,
    quantity: row.quantity,
    discount: row.discount,
    sales: formatMoney(row.sales),
    profit: row.profit === null ? null : formatMoney(row.profit),
  }
}
