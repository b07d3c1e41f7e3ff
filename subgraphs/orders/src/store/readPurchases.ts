import type { Kysely } from 'kysely'
import { formatMoney } from '../formatMoney.ts'
import type { Tables } from './tables.ts'

/** An order line with who bought it and when. */
export type StoredPurchase = {
  line: number
  userId: string
  productId: string
  category: string
  orderDate: string
  quantity: number
  sales: string
}

/** The lines behind the line `after`, ascending, without those of cancelled orders. */
export async function listPurchases(
  db: Kysely<Tables>,
  { after, limit }: { after: number; limit: number },
): Promise<StoredPurchase[]> {
  const rows = await db
    .selectFrom('order_lines')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .innerJoin('products', 'products.id', 'order_lines.product_id')
    .select([
      'order_lines.line',
      'orders.user_id as userId',
      'order_lines.product_id as productId',
      'products.category',
      'orders.order_date as orderDate',
      'order_lines.quantity',
      'order_lines.sales',
    ])
    .where('order_lines.line', '>', after)
    .where('orders.status', '<>', 'CANCELLED')
    .orderBy('order_lines.line')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, sales: formatMoney(row.sales) }))
}
