import { startWorkers } from '@tributary/compute-service'
import { createLog } from '@tributary/runtime'
import { tinyKind } from './tinyKind.ts'

// Workers in a process of their own. Tells whoever started it when they run.
const nobody = 'http://127.0.0.1:1/graphql'
const workers = await startWorkers({
  ...JSON.parse(process.argv[2] ?? '{}'),
  ordersUrl: nobody,
  recommendationsUrl: nobody,
  secret: undefined,
  log: createLog({ service: 'bench', level: 'warn' }),
  extraKinds: [tinyKind],
})
process.once('SIGTERM', async () => {
  await workers.stop()
  process.exit()
})
process.send?.('running')
