import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import type { Running } from '../process/Running.ts'

/** A way to a PostgreSQL server that can be made a bad one. */
export type PostgresDoor = Running & {
  /** The same database, by that way. */
  url: string
  /**
   * After so many answers, its greeting being the first, the server ends each new connection, as one does that is told to stop at that moment; the last
   * answer and the end are read in one piece. With 0 it takes connections and says nothing. Undefined for never.
   */
  turnAwayAfter(answers: number | undefined): void
  /**
   * From now on nothing comes through any more, either way; connections stay, and new ones are taken. Resolves when something has been asked over one of
   * those that there are.
   */
  hang(): Promise<void>
  /** How many connections were turned away, or told nothing. */
  countTurnedAway(): number
}

/** ReadyForQuery, idle: the end of an answer (https://www.postgresql.org/docs/18/protocol-message-formats.html). */
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** Opens one to a server on a unix socket. */
export async function startPostgresDoor(databaseUrl: string): Promise<PostgresDoor> {
  const socketPath = `${new URL(databaseUrl).searchParams.get('host')}/.s.PGSQL.5432`
  const clients = new Map<Socket, Socket>()
  let limit: number | undefined
  let turnedAway = 0
  const server = createServer((client) => {
    const upstream = connect(socketPath)
    clients.set(client, upstream)
    client.on('close', () => clients.delete(client) && upstream.destroy()).on('error', () => undefined)
    upstream.on('error', () => undefined)
    client.pipe(upstream)
    if (limit === undefined) upstream.pipe(client)
    else if (limit === 0) turnedAway++
    else turnAway({ upstream, client, after: limit }).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected an address with a port')
  const own = new URL(databaseUrl)
  own.searchParams.delete('host')
  own.hostname = '127.0.0.1'
  own.port = String(address.port)
  return {
    url: own.href,
    turnAwayAfter(answers) {
      limit = answers
    },
    async hang() {
      limit = 0
      const asked = [...clients].map(([client, upstream]) => {
        client.unpipe(upstream)
        upstream.unpipe(client)
        return once(client.resume(), 'data')
      })
      await Promise.race(asked)
    },
    countTurnedAway: () => turnedAway,
    async stop() {
      server.close()
      for (const client of clients.keys()) client.destroy()
    },
  }

  async function turnAway({ upstream, client, after }: { upstream: Socket; client: Socket; after: number }) {
    let processId: number | undefined
    let held = Buffer.alloc(0)
    let answers = 0
    for await (const chunk of upstream) {
      held = Buffer.concat([held, chunk])
      if (!held.subarray(-ready.length).equals(ready)) continue
      processId ??= processIdOf(held)
      answers++
      if (answers === after) await terminate(processId)
      if (answers >= after) continue
      client.write(held)
      held = Buffer.alloc(0)
    }
    client.end(held)
    turnedAway++
  }

  async function terminate(processId: number): Promise<void> {
    const other = new pg.Client({ connectionString: databaseUrl })
    await other.connect()
    await other.query('select pg_terminate_backend($1)', [processId])
    await other.end()
  }
}

/** As BackendKeyData tells it, which comes last before ReadyForQuery. */
function processIdOf(greeting: Buffer): number {
  return greeting.readInt32BE(greeting.lastIndexOf(Buffer.from([0x4b, 0, 0, 0, 12])) + 5)
}
