export { type Connection, type PageRequest, readPageArguments, toConnection } from './connection.ts'
export { type RunningSubgraph, type SubgraphOptions, type SubgraphRequest, startSubgraph } from './startSubgraph.ts'
