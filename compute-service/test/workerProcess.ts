import { silentLog } from '@tributary/runtime/testing'
import { readFunctions, startWorkers } from '../src/index.ts'
import { testKinds } from './testKinds.ts'

// Workers in a process of their own, so that a test can kill it. Says when they run.
const { functionsFile, clockSkewMs, ...options } = JSON.parse(process.argv[2] ?? '{}')
const now = Date.now
Date.now = () => now() + clockSkewMs
const extraKinds = [...testKinds, ...(await readFunctions({ file: functionsFile, secret: undefined }))]
await startWorkers({ ...options, log: silentLog, extraKinds })
console.log('running')
