import type { Gateway } from '../gateways/Gateway.ts'
import type { QueryName } from '../graph/queries.ts'

/** Whether a gateway is measured with a query: a proxy only with the one that a single subgraph answers. */
export function answers(gateway: Gateway, query: QueryName): boolean {
  return !gateway.isProxy || query === 'small'
}
