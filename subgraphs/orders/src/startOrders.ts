import { type RunningSubgraph, type StoredSubgraphOptions, startStoredSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore } from '@tributary/runtime/superstore'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { migrations } from './migrations.ts'
import { resolvers } from './resolvers.ts'
import { createStore } from './store/createStore.ts'
import { importOrders } from './store/importOrders.ts'
import type { Tables } from './store/tables.ts'

/** Starts the orders subgraph; the first start makes its tables and imports the data set's products and orders. */
export function startOrders(options: StoredSubgraphOptions): Promise<RunningSubgraph> {
  return startStoredSubgraph<Tables, Context>(
    {
      name: 'orders',
      resolvers,
      migrations,
      async importData(transaction, report) {
        await importOrders(transaction, await readSuperstore(), report)
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
