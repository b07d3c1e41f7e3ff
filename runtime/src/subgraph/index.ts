export { type Connection, type PageRequest, readPageArguments, toConnection } from './connection.ts'
export { badInput, type InputProblem, readInput } from './readInput.ts'
export { readSubgraphSettings, type SubgraphSettings } from './readSubgraphSettings.ts'
export { type RunningSubgraph, type SubgraphOptions, type SubgraphRequest, startSubgraph } from './startSubgraph.ts'
