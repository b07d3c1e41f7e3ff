import { type RunningSubgraph, type StoredSubgraphOptions, startStoredSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore } from '@tributary/runtime/superstore'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { migrations } from './migrations.ts'
import { resolvers } from './resolvers.ts'
import { createStore } from './store/createStore.ts'
import { importPurchases } from './store/importPurchases.ts'
import type { Tables } from './store/tables.ts'

/** Starts the recommendations subgraph; the first start makes its tables and imports what popularity is made of. */
export function startRecommendations(options: StoredSubgraphOptions): Promise<RunningSubgraph> {
  return startStoredSubgraph<Tables, Context>(
    {
      name: 'recommendations',
      resolvers,
      migrations,
      async importData(transaction, report) {
        const superstore = await readSuperstore()
        report(`importing what sells best of ${superstore.products.length} products`)
        await importPurchases(transaction, superstore)
      },
      open(db) {
        const store = createStore(db)
        return {
          createContext: ({ identity }) => ({ identity, store, loaders: createLoaders(store) }),
          isReady: () => store.isReady(),
        }
      },
    },
    options,
  )
}
