import { startWorkers } from '@tributary/compute-service'
import { createLog } from '@tributary/runtime'
import { stepKind } from '../torture/stepKind.ts'
import { chaosKind } from './chaosKind.ts'

// Workers in a process of their own, to be killed and frozen. Says when they run, and ends with whoever started it.
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
const log = createLog({ service: 'chaos', level: 'silent' })
await startWorkers({ ...JSON.parse(process.argv[2] ?? '{}'), log, extraKinds: [chaosKind, stepKind] })
console.log('running')
