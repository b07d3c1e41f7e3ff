import { storableText } from '@tributary/runtime/database'
import type { Kysely } from 'kysely'
import { type StoredOrder, toOrder } from './readOrders.ts'
import type { Tables } from './tables.ts'

export type Cancelled =
  | { kind: 'cancelled'; order: StoredOrder }
  | { kind: 'shipped' }
  /** The user has no such order. */
  | { kind: 'absent' }

/** Cancels a user's order unless it has been shipped; cancelling it again changes nothing. */
export async function cancelOrder(
  db: Kysely<Tables>,
  { id, userId }: { id: string; userId: string },
): Promise<Cancelled> {
  const cancelled = await db
    .updateTable('orders')
    .set({ status: 'CANCELLED' })
    .where('id', '=', storableText(id))
    .where('user_id', '=', storableText(userId))
    .where('status', '<>', 'SHIPPED')
    .returningAll()
    .executeTakeFirst()
  if (cancelled) return { kind: 'cancelled', order: toOrder(cancelled) }
  const shipped = await db
    .selectFrom('orders')
    .select('id')
    .where('id', '=', storableText(id))
    .where('user_id', '=', storableText(userId))
    .executeTakeFirst()
  return { kind: shipped ? 'shipped' : 'absent' }
}
