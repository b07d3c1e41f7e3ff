import type { QueryPlan } from '@apollo/query-planner'
import { fetchesOf } from '../../executor/compilePlan.ts'
import { readEntityFields } from '../../executor/EntityField.ts'
import { parseFetch } from '../../executor/parseFetch.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { requiredPathsOf } from './RequiredPath.ts'

/** Whether a plan fetches a field that requires what requires something itself. */
export function hasChains({ node }: QueryPlan, repaired: RepairedSupergraph): boolean {
  if (!repaired.hasChains) return false
  return fetchesOf(node?.kind === 'Subscription' ? node.rest : node).some((fetch) => {
    const subgraph = fetch.serviceName
    return (
      fetch.requires &&
      readEntityFields(parseFetch(fetch)).some(({ type, node: field }) =>
        requiredPathsOf(field, { type, subgraph, repaired }).some((one) => repaired.isChained(one.field)),
      )
    )
  })
}
