import type { Compute } from '@tributary/compute-service'
import type { Identity } from '@tributary/runtime/identity'
import type { Loaders } from './loaders.ts'

/** What the resolvers of one operation share; of a subscription, for as long as it lasts. */
export type Context = { identity: Identity | undefined; compute: Compute; loaders: Loaders }
