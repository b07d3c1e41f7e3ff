import type { GatewayName } from '../gateways/Gateway.ts'
import type { QueryName } from '../graph/queries.ts'

/** One gateway with one query: medians over the rounds. */
export type Measurement = {
  gateway: GatewayName
  query: QueryName
  /** CPU time (user and system) of the gateway's processes per request, in milliseconds. The figure to compare. */
  cpuMsPerRequest: number
  /** Requests a second: bounded by the load's core too, so a lower bound for a very fast gateway. */
  rps: number
  p50Ms: number
  p99Ms: number
  /** Resident memory after the last round, in MiB. */
  rssMb: number
  answerBytes: number
}
