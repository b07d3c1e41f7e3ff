import type { Superstore } from '@tributary/runtime/superstore'
import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** Inserts what popularity is made of: who has bought what, and each product's number of buyers. Two statements. */
export async function importPurchases(db: Kysely<Tables>, { products, orders, lines }: Superstore): Promise<void> {
  const userOf = new Map(orders.map((order) => [order.id, order.userId]))
  const purchases = lines.map(({ orderId, productId }) => ({ user_id: userOf.get(orderId), product_id: productId }))
  await sql`
    INSERT INTO purchases (user_id, product_id)
    SELECT DISTINCT user_id, product_id
    FROM json_to_recordset(${JSON.stringify(purchases)}::json) AS given (user_id text, product_id text)`.execute(db)
  const rows = products.map(({ id, subCategory }) => ({ id, sub_category: subCategory }))
  await sql`
    INSERT INTO products (id, sub_category, buyers)
    SELECT given.id, sub_category, coalesce(buyers, 0)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS given (id text, sub_category text)
    LEFT JOIN (
      SELECT product_id, count(*) AS buyers FROM purchases GROUP BY product_id
    ) AS sold ON product_id = given.id`.execute(db)
}
