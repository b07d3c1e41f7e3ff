import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Published, Tables } from './tables.ts'

/**
 * Makes a version the one that is served, with all its rows and without those of versions before it, unless one that is as new is served:
 * then nothing changes. Gives the version that is served then.
 *
 * One statement decides and writes: of several that publish at once, each waits for the row of `served_versions` and looks at it again, so
 * the newest stays, whoever comes last. `writes` are the `WITH` clauses of the rows; they take the version from the clause `published`,
 * which is empty when there is nothing to do.
 */
export async function publishVersion(
  db: Kysely<Tables>,
  { published, version, writes }: { published: Published; version: number; writes: readonly RawBuilder<unknown>[] },
): Promise<number> {
  const { rows } = await sql<{ version: string }>`
    WITH published AS (
      UPDATE served_versions SET version = ${version}
      WHERE published = ${published} AND version < ${version} RETURNING version
    ), ${sql.join(writes)}
    SELECT version FROM published`.execute(db)
  if (rows.length > 0) return version
  const served = await db
    .selectFrom('served_versions')
    .select('version')
    .where('published', '=', published)
    .executeTakeFirstOrThrow()
  return Number(served.version)
}

/** The clause that removes the rows of versions before the one that is published. */
export function removeOlder(table: keyof Tables): RawBuilder<unknown> {
  const name = sql.table(table)
  return sql`${sql.ref(`old_${table}`)} AS (DELETE FROM ${name} USING published WHERE ${name}.version < published.version)`
}
