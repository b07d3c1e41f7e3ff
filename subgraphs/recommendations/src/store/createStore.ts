import type { Database } from '@tributary/runtime/database'
import { type Kysely, sql } from 'kysely'
import type { Segmentation } from '../segmentation.ts'
import type { TrainedModel } from '../trainedModel.ts'
import { publishModel } from './publishModel.ts'
import { findSegments, publishSegments, type StoredSegment } from './segments.ts'
import type { ListsTable, Tables } from './tables.ts'

/** What the newest model says of one user or product, best first. */
export type ModelList = { version: string; products: { id: string; score: number }[] }

/** What sells best. `subCategory` is what it was narrowed to, or null. */
export type PopularList = { subCategory: string | null; products: { id: string; buyers: number }[] }

/** Lists by the id that they were asked for; ids without one are left out. */
export type Lists<List> = ReadonlyMap<string, List>

/** All SQL of the recommendations subgraph. Each method is one statement; publishing what changes nothing is two. Ids are `storableText`. */
export type Store = {
  /** From the newest model: up to `limit` products for each user. */
  findUserLists(ids: readonly string[], limit: number): Promise<Lists<ModelList>>
  /** From the newest model: up to `limit` products similar to each product. */
  findProductLists(ids: readonly string[], limit: number): Promise<Lists<ModelList>>
  /** The products with the most buyers that each user has not bought. A user who is not known has bought nothing. */
  findPopularForUsers(ids: readonly string[], limit: number): Promise<Lists<PopularList>>
  /** The other products with the most buyers, in the product's sub-category where the product is known. */
  findPopularBeside(ids: readonly string[], limit: number): Promise<Lists<PopularList>>
  /** The newest segment of each user. */
  findSegments(userIds: readonly string[]): Promise<Lists<StoredSegment>>
  /** Makes a model the one that is served, unless one that is as new is. Gives the version that is served then. */
  publishModel(model: TrainedModel): Promise<number>
  /** The same for a segmentation. */
  publishSegments(segmentation: Segmentation): Promise<number>
  /** Rejects when the database does not answer. */
  isReady(): Promise<boolean>
}

export function createStore({ kysely }: Database<Tables>): Store {
  return {
    findUserLists: (ids, limit) => findModelLists(kysely, 'user_lists', ids, limit),
    findProductLists: (ids, limit) => findModelLists(kysely, 'product_lists', ids, limit),

    async findPopularForUsers(ids, limit) {
      const { rows } = await sql<PopularRow>`
        SELECT given.id AS asked_id, NULL AS sub_category, popular.id, popular.buyers
        FROM unnest(${[...new Set(ids)]}::text[]) AS given (id)
        CROSS JOIN LATERAL (
          SELECT id, buyers FROM products
          WHERE NOT EXISTS (SELECT FROM purchases WHERE user_id = given.id AND product_id = products.id)
          ORDER BY buyers DESC, id LIMIT ${limit}
        ) AS popular
        ORDER BY asked_id, popular.buyers DESC, popular.id`.execute(kysely)
      return toPopularLists(rows)
    },

    async findPopularBeside(ids, limit) {
      const { rows } = await sql<PopularRow>`
        SELECT given.id AS asked_id, own.sub_category, popular.id, popular.buyers
        FROM unnest(${[...new Set(ids)]}::text[]) AS given (id)
        LEFT JOIN products AS own ON own.id = given.id
        CROSS JOIN LATERAL (
          (SELECT id, buyers FROM products
            WHERE sub_category = own.sub_category AND id <> given.id ORDER BY buyers DESC, id LIMIT ${limit})
          UNION ALL
          (SELECT id, buyers FROM products WHERE own.id IS NULL ORDER BY buyers DESC, id LIMIT ${limit})
        ) AS popular
        ORDER BY asked_id, popular.buyers DESC, popular.id`.execute(kysely)
      return toPopularLists(rows)
    },

    findSegments: (userIds) => findSegments(kysely, userIds),
    publishModel: (model) => publishModel(kysely, model),
    publishSegments: (segmentation) => publishSegments(kysely, segmentation),

    async isReady() {
      await sql`SELECT 1`.execute(kysely)
      return true
    },
  }
}

/** The version and its lists are read in one statement: never a list of one model under the name of another. */
async function findModelLists(
  db: Kysely<Tables>,
  table: 'user_lists' | 'product_lists',
  ids: readonly string[],
  limit: number,
): Promise<Lists<ModelList>> {
  const { rows } = await sql<ListsTable>`
    SELECT version, id, product_ids[1:${limit}] AS product_ids, scores[1:${limit}] AS scores
    FROM served_versions JOIN ${sql.table(table)} USING (version)
    WHERE published = 'recommendations' AND id = ANY(${[...new Set(ids)]}::text[]) AND cardinality(product_ids) > 0`.execute(
    db,
  )
  return new Map(
    rows.map(({ version, id, product_ids: productIds, scores }) => {
      const products = productIds.map((productId, index) => ({ id: productId, score: scores[index] }))
      return [id, { version, products }]
    }),
  )
}

type PopularRow = { asked_id: string; sub_category: string | null; id: string; buyers: number }

function toPopularLists(rows: readonly PopularRow[]): Lists<PopularList> {
  const lists = new Map<string, PopularList>()
  for (const { asked_id: askedId, sub_category: subCategory, id, buyers } of rows) {
    const list = lists.get(askedId) ?? { subCategory, products: [] }
    lists.set(askedId, list)
    list.products.push({ id, buyers })
  }
  return lists
}
