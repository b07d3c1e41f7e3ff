import { runMain } from '@tributary/runtime'
import { readStartSettings } from './start/config.ts'
import { startAndTell } from './start/startAndTell.ts'

// `npm start`: the whole graph in one process.
await runMain(() => startAndTell(readStartSettings()))
