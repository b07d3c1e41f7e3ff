import { type RawBuilder, sql } from 'kysely'

/** The instant in `delayMs`. Instants come from the database's clock alone: workers' clocks may be wrong. */
export function afterMs(delayMs: number | RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`clock_timestamp() + ${delayMs} * interval '1 millisecond'`
}
