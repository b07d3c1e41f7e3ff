import { createHash } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { type StoredOrder, toOrder } from './readOrders.ts'
import { findProducts } from './readProducts.ts'
import type { OrdersTable, Tables } from './tables.ts'

export type PlaceOrderRequest = {
  userId: string
  lines: readonly { productId: string; quantity: number }[]
  shipMode: OrdersTable['ship_mode']
  idempotencyKey: string | undefined
}

export type Placed =
  | { kind: 'placed'; order: StoredOrder }
  /** The key was used before, with another input. */
  | { kind: 'keyConflict' }
  /** The indexes of the lines whose product does not exist. */
  | { kind: 'unknownProducts'; lines: number[] }

/**
 * Places an order with its lines at today's list prices, in one statement and so all or nothing. With a key that the user has used
 * before, gives the order that was placed then: the unique constraint on (user, key) decides among parallel calls.
 */
export async function placeOrder(db: Kysely<Tables>, request: PlaceOrderRequest): Promise<Placed> {
  const inputHash = hashInput(request)
  const placed = await insertOrder(db, request, inputHash)
  if (placed) return { kind: 'placed', order: toOrder(placed) }
  const earlier = await findByKey(db, request)
  if (earlier)
    return earlier.input_hash === inputHash ? { kind: 'placed', order: toOrder(earlier) } : { kind: 'keyConflict' }
  const known = new Set(
    (
      await findProducts(
        db,
        request.lines.map(({ productId }) => productId),
      )
    ).map(({ id }) => id),
  )
  const unknown = request.lines.flatMap(({ productId }, index) => (known.has(productId) ? [] : [index]))
  if (unknown.length === 0) throw new Error('Expected the order to be placed: its products exist and its key is unused')
  return { kind: 'unknownProducts', lines: unknown }
}

async function insertOrder(
  db: Kysely<Tables>,
  { userId, lines, shipMode, idempotencyKey }: PlaceOrderRequest,
  inputHash: string,
): Promise<Selectable<OrdersTable> | undefined> {
  const { rows } = await sql<Selectable<OrdersTable>>`
    WITH given AS (
      SELECT position, product_id, quantity, products.price * quantity AS sales
      FROM unnest(
        ${lines.map(({ productId }) => productId)}::text[], ${lines.map(({ quantity }) => quantity)}::int[]
      ) WITH ORDINALITY AS line (product_id, quantity, position)
      JOIN products ON products.id = product_id
    ), placed AS (
      INSERT INTO orders (id, user_id, status, order_date, ship_mode, total, idempotency_key, input_hash)
      SELECT 'US-' || to_char(today, 'YYYY') || '-' || nextval('order_numbers'), ${userId}, 'PLACED', today, ${shipMode},
        (SELECT sum(sales) FROM given), ${idempotencyKey ?? null}, ${inputHash}
      FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS clock
      WHERE (SELECT count(*) FROM given) = ${lines.length}::int
      ON CONFLICT (user_id, idempotency_key) DO NOTHING
      RETURNING *
    ), placed_lines AS (
      INSERT INTO order_lines (order_id, position, product_id, quantity, discount, sales)
      SELECT placed.id, given.position, given.product_id, given.quantity, 0, given.sales
      FROM placed CROSS JOIN given ORDER BY given.position
    )
    SELECT * FROM placed`.execute(db)
  return rows[0]
}

async function findByKey(
  db: Kysely<Tables>,
  { userId, idempotencyKey }: PlaceOrderRequest,
): Promise<Selectable<OrdersTable> | undefined> {
  if (idempotencyKey === undefined) return undefined
  return db
    .selectFrom('orders')
    .selectAll()
    .where('user_id', '=', userId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
}

function hashInput({ lines, shipMode }: PlaceOrderRequest): string {
  const input = JSON.stringify([shipMode, lines.map(({ productId, quantity }) => [productId, quantity])])
  return createHash('sha256').update(input).digest('hex')
}
