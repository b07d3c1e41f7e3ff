import { type RunningSubgraph, type StoredSubgraphOptions, startStoredSubgraph } from '@tributary/runtime/subgraph'
import { readSuperstore } from '@tributary/runtime/superstore'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { migrations } from './migrations.ts'
import { resolvers } from './resolvers.ts'
import { createStore, importUsers, type Tables } from './store.ts'

/** Starts the users subgraph; the first start makes its tables and imports the data set's customers. */
export function startUsers(options: StoredSubgraphOptions): Promise<RunningSubgraph> {
  return startStoredSubgraph<Tables, Context>(
    {
      name: 'users',
      resolvers,
      migrations,
      async importData(transaction, report) {
        const { users } = await readSuperstore()
        report(`importing ${users.length} users`)
        await importUsers(transaction, users)
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
