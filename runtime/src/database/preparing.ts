import { createHash } from 'node:crypto'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type pg from 'pg'

/** How many statements get a name. What comes later goes without one: its texts perhaps never repeat. */
const maxNames = 500

/** A pool whose statements are prepared under a name, see `isPrepared` of `openDatabase`. */
export function preparing(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>()
  // Kysely knows a connection by the object.
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    async connect() {
      const client = await pool.connect()
      const known = clients.get(client) ?? wrap(client)
      clients.set(client, known)
      return known
    },
    end: () => pool.end(),
  }

  function wrap(client: pg.PoolClient): PostgresPoolClient {
    const query = (text: string, values: readonly unknown[]) => {
      // Without values it may be several statements, which cannot be prepared.
      const name = values.length > 0 ? nameOf(text) : undefined
      return client.query({ text, values: [...values], ...(name !== undefined && { name }) })
    }
    return {
      // Kysely has another form for cursors, and uses none unless it is given a class for them; pg types the command more widely.
      query: query as unknown as PostgresPoolClient['query'],
      release: () => client.release(),
    }
  }

  function nameOf(text: string): string | undefined {
    const known = names.get(text)
    if (known !== undefined || names.size === maxNames) return known
    const name = createHash('sha256').update(text).digest('base64url')
    names.set(text, name)
    return name
  }
}
