import type { Superstore } from '@tributary/runtime/superstore'
import { type Kysely, sql } from 'kysely'
import { groupByOrder } from '../groupByOrder.ts'
import type { Tables } from './tables.ts'

/** How many orders go into the database between two reports. */
const chunkSize = 2_500

/** Inserts the data set's products, orders and lines; all of its orders have been shipped. */
export async function importOrders(
  db: Kysely<Tables>,
  { products, orders, lines }: Superstore,
  report: (message: string) => void = () => undefined,
): Promise<void> {
  report(`importing ${count(products.length)} products`)
  await sql`
    INSERT INTO products (id, name, category, sub_category, price)
    SELECT id, name, category, "subCategory", price
    FROM json_to_recordset(${JSON.stringify(products)}::json) AS given (
      id text, name text, category text, "subCategory" text, price numeric
    )`.execute(db)
  const linesOfOrder = groupByOrder(lines)
  for (let start = 0; start < orders.length; start += chunkSize) {
    report(`importing orders ${count(start)} of ${count(orders.length)}`)
    const chunk = orders.slice(start, start + chunkSize)
    const ofChunk = chunk.flatMap((order) => linesOfOrder.get(order.id) ?? [])
    await importChunk(db, chunk, ofChunk)
  }
  report(`importing orders ${count(orders.length)} of ${count(orders.length)}`)
  await sql`SELECT setval(pg_get_serial_sequence('order_lines', 'line'), (SELECT max(line) FROM order_lines))`.execute(
    db,
  )
  await sql`ANALYZE products, orders, order_lines`.execute(db)
}

async function importChunk(
  db: Kysely<Tables>,
  orders: Superstore['orders'],
  lines: Superstore['lines'],
): Promise<void> {
  // Decimals are strings in the JSON and are never read as floats.
  await sql`
    WITH lines AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(lines)}::json) AS given (
        line int, "orderId" text, position int, "productId" text, quantity int, discount numeric, sales numeric,
        profit numeric
      )
    ), inserted_orders AS (
      INSERT INTO orders (id, user_id, status, order_date, ship_date, ship_mode, total)
      SELECT id, "userId", 'SHIPPED', "orderDate", "shipDate", "shipMode", totals.total
      FROM json_to_recordset(${JSON.stringify(orders)}::json) AS given (
        id text, "userId" text, "orderDate" date, "shipDate" date, "shipMode" text
      )
      JOIN (SELECT "orderId", sum(sales) AS total FROM lines GROUP BY "orderId") AS totals ON totals."orderId" = given.id
    )
    INSERT INTO order_lines (line, order_id, position, product_id, quantity, discount, sales, profit)
    SELECT line, "orderId", position, "productId", quantity, discount, sales, profit FROM lines`.execute(db)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
