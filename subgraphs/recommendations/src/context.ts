import type { Identity } from '@tributary/runtime/identity'
import type { Loaders } from './loaders.ts'
import type { Store } from './store/createStore.ts'

/** What the resolvers of one operation share. */
export type Context = { identity: Identity | undefined; store: Store; loaders: Loaders }
