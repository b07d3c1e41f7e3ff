export { askSubgraph, type SubgraphAnswer, testIdentity } from './askSubgraph.ts'
export { testServerVariable } from './config.ts'
export { createTestDatabase, type TestDatabase } from './createTestDatabase.ts'
export { silentLog } from './silentLog.ts'
