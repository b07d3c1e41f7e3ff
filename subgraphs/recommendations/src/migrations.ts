import { type Migration, sql } from 'kysely'

/** The tables of the recommendations subgraph. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '001-recommendations': {
    async up(db) {
      // What popularity is made of.
      await sql`
        CREATE TABLE products (
          id text PRIMARY KEY,
          sub_category text NOT NULL,
          buyers integer NOT NULL
        )`.execute(db)
      await sql`CREATE INDEX products_by_buyers ON products (buyers DESC, id)`.execute(db)
      await sql`CREATE INDEX products_by_sub_category ON products (sub_category, buyers DESC, id)`.execute(db)
      await sql`
        CREATE TABLE purchases (
          user_id text NOT NULL,
          product_id text NOT NULL,
          PRIMARY KEY (user_id, product_id)
        )`.execute(db)
      // One row: whoever publishes locks it. Version 0 stands for no model.
      await sql`
        CREATE TABLE served_model (
          is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
          version bigint NOT NULL
        )`.execute(db)
      await sql`INSERT INTO served_model (version) VALUES (0)`.execute(db)
      for (const table of ['user_lists', 'product_lists']) {
        await sql`
          CREATE TABLE ${sql.table(table)} (
            version bigint NOT NULL,
            id text NOT NULL,
            product_ids text[] NOT NULL,
            scores double precision[] NOT NULL,
            PRIMARY KEY (version, id),
            CHECK (cardinality(product_ids) = cardinality(scores))
          )`.execute(db)
      }
    },
  },
  '002-segments': {
    async up(db) {
      // One row for each thing that is published: whoever publishes locks it. Version 0 stands for nothing yet.
      await sql`CREATE TABLE served_versions (published text PRIMARY KEY, version bigint NOT NULL)`.execute(db)
      await sql`
        INSERT INTO served_versions (published, version)
        SELECT 'recommendations', version FROM served_model UNION ALL SELECT 'segments', 0`.execute(db)
      await sql`DROP TABLE served_model`.execute(db)
      await sql`
        CREATE TABLE segments (
          version bigint NOT NULL,
          name text NOT NULL,
          description text NOT NULL,
          size integer NOT NULL,
          recency_days double precision NOT NULL,
          frequency double precision NOT NULL,
          monetary double precision NOT NULL,
          PRIMARY KEY (version, name)
        )`.execute(db)
      await sql`
        CREATE TABLE user_segments (
          version bigint NOT NULL,
          user_id text NOT NULL,
          name text NOT NULL,
          PRIMARY KEY (version, user_id)
        )`.execute(db)
    },
  },
}
