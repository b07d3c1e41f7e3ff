import { sql } from 'kysely'

/**
 * A column that, within a transaction, lets the database end it when its process says nothing for 1 s: one that is frozen in the middle would hold
 * locks that other workers wait for.
 */
export const letGoWhenFrozen = sql`set_config('idle_in_transaction_session_timeout', '1000', true)`
