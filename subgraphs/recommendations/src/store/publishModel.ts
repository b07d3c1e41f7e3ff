import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { TrainedModel } from '../trainedModel.ts'
import { publishVersion, removeOlder } from './publishVersion.ts'
import type { Tables } from './tables.ts'

/** Publishes a trained model, see {@link publishVersion}. */
export function publishModel(db: Kysely<Tables>, { version, users, products }: TrainedModel): Promise<number> {
  return publishVersion(db, {
    published: 'recommendations',
    version,
    writes: [
      insertLists('user_lists', users),
      insertLists('product_lists', products),
      removeOlder('user_lists'),
      removeOlder('product_lists'),
    ],
  })
}

function insertLists(table: 'user_lists' | 'product_lists', lists: TrainedModel['users']): RawBuilder<unknown> {
  const rows = lists.map(({ id, productIds, scores }) => ({ id, product_ids: productIds, scores }))
  return sql`${sql.ref(`new_${table}`)} AS (
    INSERT INTO ${sql.table(table)} (version, id, product_ids, scores)
    SELECT published.version, id, product_ids, scores
    FROM published, json_to_recordset(${JSON.stringify(rows)}::json) AS given (
      id text, product_ids text[], scores double precision[]
    )
  )`
}
