import { hasRedis } from '@tributary/runtime/testing'

/** The stores that the suites run over. */
export const storesHere: readonly ('PostgreSQL' | 'Redis')[] = hasRedis ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']
