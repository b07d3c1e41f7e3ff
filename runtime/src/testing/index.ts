export { testServerVariable } from './config.ts'
export { createTestDatabase, type TestDatabase } from './createTestDatabase.ts'
export { silentLog } from './silentLog.ts'
