import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../../start/bundleProgram.ts'

// Makes one file of `workerProcess.ts`, `node --import tsx bundleWorker.ts <output>`: where workers are killed all the time, compiling would be most of their lives.
await bundleProgram(fileURLToPath(new URL('./workerProcess.ts', import.meta.url)), process.argv[2] ?? '')
