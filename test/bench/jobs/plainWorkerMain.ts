import { openPostgresBackend, redisBackend } from '../../../compute-service/src/dispatch/queueBackend.ts'

// What BullMQ does alone: the same queue with the same options, and no ledger behind it. Tells how many it has worked off.
const { databaseUrl, redisUrl, concurrency } = JSON.parse(process.argv[2] ?? '{}')
const backend = redisUrl === undefined ? await openPostgresBackend(databaseUrl) : redisBackend(redisUrl)
let done = 0
const worker = backend.openWorker({
  concurrency,
  async process() {
    done++
  },
})
worker.on('error', (error) => console.error(error))
await worker.waitUntilReady()
process.on('message', () => process.send?.({ done }))
process.send?.('running')
