import { type Database, storableText } from '@tributary/runtime/database'
import type { SuperstoreUser } from '@tributary/runtime/superstore'
import { type Kysely, type Selectable, sql } from 'kysely'

export type Tables = { users: UsersTable }

type UsersTable = {
  id: string
  name: string
  segment: 'CONSUMER' | 'CORPORATE' | 'HOME_OFFICE'
  city: string
  state: string
  country: string
  postal_code: string | null
  region: string
  updated_at: Date
}

export type Place = { city: string; state: string; country: string; postalCode: string | null; region: string }

export type StoredUser = {
  id: string
  name: string
  customerType: UsersTable['segment']
  place: Place
  /** ISO 8601, UTC, milliseconds. */
  updatedAt: string
}

/** What changes in a profile; what is undefined stays. */
export type ProfileChange = {
  name?: string | undefined
  customerType?: UsersTable['segment'] | undefined
  place?: Place | undefined
}

/** All SQL of the users subgraph. */
export type Store = {
  /** The users with these ids, in no order; unknown ids are left out. */
  findUsers(ids: readonly string[]): Promise<StoredUser[]>
  /** The users behind the id `after`, by id, and how many there are in all. */
  listUsers(page: { limit: number; after: string | undefined }): Promise<{ users: StoredUser[]; totalCount: number }>
  /** Undefined when there is no such user. */
  updateUser(id: string, change: ProfileChange): Promise<StoredUser | undefined>
  /** Rejects when the database does not answer. */
  isReady(): Promise<boolean>
}

export function createStore({ kysely }: Database<Tables>): Store {
  return {
    async findUsers(ids) {
      const unique = [...new Set(ids.map(storableText))]
      const rows = await kysely
        .selectFrom('users')
        .selectAll()
        .where('id', '=', sql<string>`ANY(${unique}::text[])`)
        .execute()
      return rows.map(toUser)
    },

    async listUsers({ limit, after }) {
      let query = kysely.selectFrom('users').selectAll().orderBy('id').limit(limit)
      if (after !== undefined) query = query.where('id', '>', storableText(after))
      const count = kysely.selectFrom('users').select(sql<number>`count(*)::int`.as('count'))
      const [rows, { count: totalCount }] = await Promise.all([query.execute(), count.executeTakeFirstOrThrow()])
      return { users: rows.map(toUser), totalCount }
    },

    async updateUser(id, { name, customerType, place }) {
      const row = await kysely
        .updateTable('users')
        .set({
          updated_at: sql<Date>`now()`,
          ...(name !== undefined && { name }),
          ...(customerType !== undefined && { segment: customerType }),
          ...(place !== undefined && {
            city: place.city,
            state: place.state,
            country: place.country,
            postal_code: place.postalCode,
            region: place.region,
          }),
        })
        .where('id', '=', storableText(id))
        .returningAll()
        .executeTakeFirst()
      return row && toUser(row)
    },

    async isReady() {
      await sql`SELECT 1`.execute(kysely)
      return true
    },
  }
}

/** Inserts the data set's customers, all in one statement. */
export async function importUsers(db: Kysely<Tables>, users: readonly SuperstoreUser[]): Promise<void> {
  const rows = users.map(({ id, name, segment, place, lastOrderDate }) => ({
    ...{ id, name, segment, ...place, postal_code: place.postalCode, updated_at: `${lastOrderDate}T00:00:00Z` },
  }))
  await sql`
    INSERT INTO users (id, name, segment, city, state, country, postal_code, region, updated_at)
    SELECT id, name, segment, city, state, country, postal_code, region, updated_at
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS given (
      id text, name text, segment text, city text, state text, country text, postal_code text, region text,
      updated_at timestamptz
    )`.execute(db)
}

function toUser(row: Selectable<UsersTable>): StoredUser {
  const { city, state, country, postal_code: postalCode, region } = row
  return {
    id: row.id,
    name: row.name,
    customerType: row.segment,
    place: { city, state, country, postalCode, region },
    updatedAt: row.updated_at.toISOString(),
  }
}
