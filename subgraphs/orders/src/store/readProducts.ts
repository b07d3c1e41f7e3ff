import { storableText } from '@tributary/runtime/database'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { ProductsTable, Tables } from './tables.ts'

export type StoredProduct = { id: string; name: string; category: string; subCategory: string; price: string }

/** A page of the catalogue, by id: `limit` products behind the id `after`. */
export type ProductsPageRequest = {
  limit: number
  after: string | undefined
  category: string | undefined
  subCategory: string | undefined
  /** Part of the name, upper and lower case alike. */
  nameContains: string | undefined
}

export async function findProducts(db: Kysely<Tables>, ids: readonly string[]): Promise<StoredProduct[]> {
  const unique = [...new Set(ids.map(storableText))]
  const rows = await db
    .selectFrom('products')
    .selectAll()
    .where('id', '=', sql<string>`ANY(${unique}::text[])`)
    .execute()
  return rows.map(toProduct)
}

export async function listProducts(
  db: Kysely<Tables>,
  { limit, after, category, subCategory, nameContains }: ProductsPageRequest,
): Promise<{ products: StoredProduct[]; totalCount: number }> {
  let matching = db.selectFrom('products')
  if (category !== undefined) matching = matching.where('category', '=', storableText(category))
  if (subCategory !== undefined) matching = matching.where('sub_category', '=', storableText(subCategory))
  if (nameContains !== undefined) {
    matching = matching.where(sql<boolean>`position(lower(${storableText(nameContains)}::text) IN lower(name)) > 0`)
  }
  let page = matching.selectAll().orderBy('id').limit(limit)
  if (after !== undefined) page = page.where('id', '>', storableText(after))
  const count = matching.select(sql<number>`count(*)::int`.as('count'))
  const [rows, { count: totalCount }] = await Promise.all([page.execute(), count.executeTakeFirstOrThrow()])
  return { products: rows.map(toProduct), totalCount }
}

function toProduct({ sub_category: subCategory, ...row }: Selectable<ProductsTable>): StoredProduct {
  return { ...row, subCategory }
}
