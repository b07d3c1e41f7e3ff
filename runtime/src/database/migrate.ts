import { type Migration, Migrator } from 'kysely'
import type { Database } from './openDatabase.ts'

/**
 * Brings a database's tables to the newest version: runs the migrations that it has not seen yet, in the order of their names,
 * all or none. Two processes may do so at once: the second waits for the first and finds nothing left to do.
 */
export async function migrate<Tables>(db: Database<Tables>, migrations: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({ db: db.kysely, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error instanceof Error ? error : new Error('The database could not be migrated', { cause: error })
}
