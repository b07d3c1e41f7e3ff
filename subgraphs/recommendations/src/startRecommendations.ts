import { createStopStack, type Log } from '@tributary/runtime'
import { importOnce, migrate, openDatabase } from '@tributary/runtime/database'
import { type RunningSubgraph, startSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore } from '@tributary/runtime/superstore'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { migrations } from './migrations.ts'
import { resolvers } from './resolvers.ts'
import { createStore, importPurchases, type Tables } from './store.ts'

export type RecommendationsOptions = {
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

/** Starts the recommendations subgraph; the first start makes its tables and imports what popularity is made of. */
export async function startRecommendations(options: RecommendationsOptions): Promise<RunningSubgraph> {
  const { log, onStatement } = options
  const stack = createStopStack()
  try {
    const db = stack.add(openDatabase<Tables>({ url: options.databaseUrl, ...(onStatement && { onStatement }) }))
    await migrate(db, migrations)
    await importOnce(db, {
      name: 'superstore',
      async run(transaction) {
        const superstore = await readSuperstore()
        options.report?.(`importing what sells best of ${superstore.products.length} products`)
        await importPurchases(transaction, superstore)
      },
    })
    const store = createStore(db)
    const subgraph = stack.add(
      await startSubgraph<Context>({
        name: 'recommendations',
        resolvers,
        port: options.port,
        host: options.host,
        portSetting: options.portSetting,
        secret: options.secret,
        log,
        createContext: ({ identity }) => ({ identity, store, loaders: createLoaders(store) }),
        isReady: () => store.isReady(),
      }),
    )
    return { ...subgraph, stop: () => stack.stop() }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
