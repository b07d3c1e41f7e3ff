import { type Migration, sql } from 'kysely'

/** The tables of the users subgraph. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '001-users': {
    async up(db) {
      await sql`
        CREATE TABLE users (
          id text PRIMARY KEY,
          name text NOT NULL,
          segment text NOT NULL CHECK (segment IN ('CONSUMER', 'CORPORATE', 'HOME_OFFICE')),
          city text NOT NULL,
          state text NOT NULL,
          country text NOT NULL,
          postal_code text,
          region text NOT NULL,
          updated_at timestamptz NOT NULL
        )`.execute(db)
    },
  },
}
