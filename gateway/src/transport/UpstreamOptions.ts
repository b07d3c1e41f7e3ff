import type { Log } from '@tributary/runtime'
import type { UpstreamLimits } from './UpstreamLimits.ts'

/** What every way of subscribing at subgraphs needs. */
export type UpstreamOptions = {
  /** Where a subgraph is: an http(s) or a ws(s) URL. Looked up for each subscription. */
  subgraphs(name: string): { url: string } | undefined
  /** What identities are signed with; undefined sends none. */
  secret?: string | undefined
  log: Log
  limits?: Partial<UpstreamLimits>
}
