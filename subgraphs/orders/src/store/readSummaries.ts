import { storableText } from '@tributary/runtime/database'
import { type Kysely, sql } from 'kysely'
import { formatMoney } from '../formatMoney.ts'
import type { Tables } from './tables.ts'

/** What a user's orders come to, without cancelled ones. */
export type StoredSummary = {
  userId: string
  count: number
  total: string
  firstOrderDate: string | null
  lastOrderDate: string | null
  favouriteCategory: string | null
}

/** The summaries of those of the users who have ordered anything. */
export async function findSummaries(db: Kysely<Tables>, userIds: readonly string[]): Promise<StoredSummary[]> {
  const { rows } = await sql<StoredSummary>`
    WITH bought AS (
      SELECT * FROM orders WHERE user_id = ANY(${userIds.map(storableText)}::text[]) AND status <> 'CANCELLED'
    ), totals AS (
      SELECT user_id, count(*)::int AS count, sum(total) AS total, min(order_date) AS first, max(order_date) AS last
      FROM bought GROUP BY user_id
    ), favourites AS (
      SELECT DISTINCT ON (bought.user_id) bought.user_id, products.category
      FROM bought
      JOIN order_lines ON order_lines.order_id = bought.id
      JOIN products ON products.id = order_lines.product_id
      GROUP BY bought.user_id, products.category
      ORDER BY bought.user_id, sum(order_lines.sales) DESC, products.category
    )
    SELECT user_id AS "userId", count, total, first AS "firstOrderDate", last AS "lastOrderDate",
      category AS "favouriteCategory"
    FROM totals LEFT JOIN favourites USING (user_id)`.execute(db)
  return rows.map((row) => ({ ...row, total: formatMoney(row.total) }))
}
