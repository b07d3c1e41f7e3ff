import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from './openDatabase.ts'

/**
 * Runs an import that is to happen once in the life of a database, in one transaction together with the mark that it has happened:
 * one that is interrupted leaves nothing behind and starts over. Of two processes the second waits and then finds the mark.
 */
export async function importOnce<Tables>(
  db: Database<Tables>,
  options: { name: string; run(transaction: Transaction<Tables>): Promise<void> },
): Promise<void> {
  // The second look, under the lock, is the one that counts; this one is quick.
  if (await isImported(db.kysely, options.name)) return
  await db.kysely.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${importLock}::bigint)`.execute(transaction)
    await sql`CREATE TABLE IF NOT EXISTS imported (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`.execute(
      transaction,
    )
    if (await isImported(transaction, options.name)) return
    await options.run(transaction)
    await sql`INSERT INTO imported (name) VALUES (${options.name})`.execute(transaction)
  })
}

/** The number is arbitrary: it has to be the same in every version of this program. */
const importLock = 7_283_190_456

async function isImported<Tables>(db: Kysely<Tables>, name: string): Promise<boolean> {
  const table = await sql<{ exists: boolean }>`SELECT to_regclass('imported') IS NOT NULL AS exists`.execute(db)
  if (!table.rows[0]?.exists) return false
  const mark = await sql`SELECT 1 FROM imported WHERE name = ${name}`.execute(db)
  return mark.rows.length > 0
}
