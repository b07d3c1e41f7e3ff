import { silentLog } from '@tributary/runtime/testing'
import { startWorkers } from '../src/index.ts'
import { testKinds } from './testKinds.ts'

// Workers in a process of their own, so that a test can kill it. Says when they run.
await startWorkers({ ...JSON.parse(process.argv[2] ?? '{}'), log: silentLog, extraKinds: testKinds })
console.log('running')
