import type { Database } from '@tributary/runtime/database'
import type { Superstore } from '@tributary/runtime/superstore'
import { type Kysely, sql } from 'kysely'
import type { TrainedModel } from './trainedModel.ts'

export type Tables = {
  products: { id: string; sub_category: string; buyers: number }
  purchases: { user_id: string; product_id: string }
  served_model: { is_only: boolean; version: string }
  user_lists: ListsTable
  product_lists: ListsTable
}

type ListsTable = { version: string; id: string; product_ids: string[]; scores: number[] }

/** What the newest model says of one user or product, best first. */
export type ModelList = { version: string; products: { id: string; score: number }[] }

/** What sells best. `subCategory` is what it was narrowed to, or null. */
export type PopularList = { subCategory: string | null; products: { id: string; buyers: number }[] }

/** Lists by the id that they were asked for; ids without one are left out. */
export type Lists<List> = ReadonlyMap<string, List>

/** All SQL of the recommendations subgraph. Each method is one statement, except `publish`. Ids are `storableText`. */
export type Store = {
  /** From the newest model: up to `limit` products for each user. */
  findUserLists(ids: readonly string[], limit: number): Promise<Lists<ModelList>>
  /** From the newest model: up to `limit` products similar to each product. */
  findProductLists(ids: readonly string[], limit: number): Promise<Lists<ModelList>>
  /** The products with the most buyers that each user has not bought. A user who is not known has bought nothing. */
  findPopularForUsers(ids: readonly string[], limit: number): Promise<Lists<PopularList>>
  /** The other products with the most buyers, in the product's sub-category where the product is known. */
  findPopularBeside(ids: readonly string[], limit: number): Promise<Lists<PopularList>>
  /**
   * Makes a model the one that is served, in one transaction, and removes the one before; unless the one that is served is as new.
   * Gives the version that is served then.
   */
  publish(model: TrainedModel): Promise<number>
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

    publish: ({ version, users, products }) =>
      kysely.transaction().execute(async (transaction) => {
        const served = await sql<{ version: string }>`SELECT version FROM served_model FOR UPDATE`.execute(transaction)
        const servedVersion = Number(served.rows[0]?.version)
        if (servedVersion >= version) return servedVersion
        await insertLists(transaction, 'user_lists', version, users)
        await insertLists(transaction, 'product_lists', version, products)
        await sql`UPDATE served_model SET version = ${version}`.execute(transaction)
        await sql`DELETE FROM user_lists WHERE version <> ${version}`.execute(transaction)
        await sql`DELETE FROM product_lists WHERE version <> ${version}`.execute(transaction)
        return version
      }),

    async isReady() {
      await sql`SELECT 1`.execute(kysely)
      return true
    },
  }
}

/** Inserts what popularity is made of: who has bought what, and each product's number of buyers. Two statements. */
export async function importPurchases(db: Kysely<Tables>, { products, orders, lines }: Superstore): Promise<void> {
  const userOf = new Map(orders.map((order) => [order.id, order.userId]))
  const purchases = lines.map(({ orderId, productId }) => ({ user_id: userOf.get(orderId), product_id: productId }))
  await sql`
    INSERT INTO purchases (user_id, product_id)
    SELECT DISTINCT user_id, product_id
    FROM json_to_recordset(${JSON.stringify(purchases)}::json) AS given (user_id text, product_id text)`.execute(db)
  const rows = products.map(({ id, subCategory }) => ({ id, sub_category: subCategory }))
  await sql`
    INSERT INTO products (id, sub_category, buyers)
    SELECT given.id, sub_category, coalesce(buyers, 0)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS given (id text, sub_category text)
    LEFT JOIN (
      SELECT product_id, count(*) AS buyers FROM purchases GROUP BY product_id
    ) AS sold ON product_id = given.id`.execute(db)
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
    FROM served_model JOIN ${sql.table(table)} USING (version)
    WHERE id = ANY(${[...new Set(ids)]}::text[]) AND cardinality(product_ids) > 0`.execute(db)
  return new Map(
    rows.map(({ version, id, product_ids: productIds, scores }) => {
      const products = productIds.map((productId, index) => ({ id: productId, score: scores[index] }))
      return [id, { version, products }]
    }),
  )
}

async function insertLists(
  db: Kysely<Tables>,
  table: 'user_lists' | 'product_lists',
  version: number,
  lists: TrainedModel['users'],
): Promise<void> {
  const rows = lists.map(({ id, productIds, scores }) => ({ id, product_ids: productIds, scores }))
  await sql`
    INSERT INTO ${sql.table(table)} (version, id, product_ids, scores)
    SELECT ${version}, id, product_ids, scores
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS given (
      id text, product_ids text[], scores double precision[]
    )`.execute(db)
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
