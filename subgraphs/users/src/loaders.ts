import DataLoader from 'dataloader'
import type { Store, StoredUser } from './store.ts'

/** The lookups of one operation, each batched into one statement. */
export type Loaders = {
  /** A user by id; undefined when there is none. */
  user: DataLoader<string, StoredUser | undefined>
}

export function createLoaders(store: Store): Loaders {
  return {
    user: new DataLoader(async (ids) => {
      const users = new Map((await store.findUsers(ids)).map((user) => [user.id, user]))
      return ids.map((id) => users.get(id))
    }),
  }
}
