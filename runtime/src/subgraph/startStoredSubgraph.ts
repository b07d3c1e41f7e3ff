import type { SubgraphName } from '@tributary/schema'
import type { Migration, Transaction } from 'kysely'
import { type Database, importOnce, migrate, openDatabase } from '../database/index.ts'
import type { Log } from '../process/createLog.ts'
import { createStopStack } from '../process/Running.ts'
import { type RunningSubgraph, type SubgraphRequest, startSubgraph } from './startSubgraph.ts'

/** What a subgraph with a database of its own needs to start. */
export type StoredSubgraphOptions = {
  /** The subgraph's own database, which may be empty. */
  databaseUrl: string
  port: number
  host: string
  /** The environment variable that sets the port, for the message when it is in use. */
  portSetting: string
  /** What the gateway signs its requests with; undefined answers everyone, as an anonymous client. */
  secret: string | undefined
  log: Log
  /** Told what takes long. */
  report?(message: string): void
  /** Told of every SQL statement. */
  onStatement?(sql: string): void
}

/** What makes one such subgraph. */
export type StoredSubgraph<Tables, Context extends object> = {
  name: SubgraphName
  resolvers: object
  migrations: Record<string, Migration>
  /** Fills the empty tables, in one transaction with the mark that it was done. */
  importData(transaction: Transaction<Tables>, report: (message: string) => void): Promise<void>
  /** What each operation's resolvers get, and whether the store answers. */
  open(db: Database<Tables>): { createContext(request: SubgraphRequest): Context; isReady(): Promise<boolean> }
}

/** Starts a subgraph on its database; the first start makes the tables and imports its data. */
export async function startStoredSubgraph<Tables, Context extends object>(
  subgraph: StoredSubgraph<Tables, Context>,
  options: StoredSubgraphOptions,
): Promise<RunningSubgraph> {
  const { databaseUrl, onStatement, report = () => undefined, ...serverOptions } = options
  const { name, resolvers } = subgraph
  const stack = createStopStack()
  try {
    const db = stack.add(openDatabase<Tables>({ url: databaseUrl, ...(onStatement && { onStatement }) }))
    await migrate(db, subgraph.migrations)
    await importOnce(db, { name: 'superstore', run: (transaction) => subgraph.importData(transaction, report) })
    const running = stack.add(await startSubgraph<Context>({ ...serverOptions, name, resolvers, ...subgraph.open(db) }))
    return { ...running, stop: stack.stop }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
