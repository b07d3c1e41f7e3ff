import { createLog, createStopStack, runMain } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { readComputeSettings } from './config.ts'
import { startCompute } from './startCompute.ts'

await runMain(async () => {
  const { databaseUrl, redisUrl, host, logLevel, port, secret } = readComputeSettings()
  const log = createLog({ service: 'compute', level: logLevel })
  const stack = createStopStack()
  const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
  const subgraph = stack.add(
    await startCompute({
      databaseUrl: await server.openUrl('compute'),
      redisUrl,
      port,
      host,
      portSetting: 'PORT',
      secret,
      log,
    }),
  )
  log.info({ url: subgraph.url }, 'compute subgraph listens')
  return stack
})
