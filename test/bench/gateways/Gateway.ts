import type { SubgraphName } from '../graph/subgraphNames.ts'
import type { Command } from '../process/startProcess.ts'

export type GatewayName =
  | 'tributary'
  | 'apollo-gateway'
  | 'hive-gateway'
  | 'hive-gateway-rust'
  | 'grafbase'
  | 'pass-through'

/** One gateway to measure. */
export type Gateway = {
  name: GatewayName
  /** The path of its GraphQL endpoint. */
  path: string
  /** Whether it can plan: a pass-through answers the small query alone. */
  isProxy?: boolean
  /** Installs what it needs. Rejects when that fails: then it is left out. */
  install?(): Promise<void>
  /** Writes what it needs and gives the command to run it. */
  command(setup: GatewaySetup): Command | Promise<Command>
}

/** What every gateway is given. */
export type GatewaySetup = {
  port: number
  supergraphFile: string
  subgraphUrls: Record<SubgraphName, string>
  /** The public keys of the clients' tokens. */
  jwksFile: string
  /** A folder of this gateway's own, empty. */
  directory: string
  graphDirectory: string
  /** When set, a node gateway writes its CPU profile there as it ends. */
  profileDirectory: string | undefined
  /** Settings of our own gateway beside the usual ones. */
  settings?: Readonly<Record<string, string>>
}
