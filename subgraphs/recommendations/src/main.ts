import { createLog, createStopStack, runMain } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { readRecommendationsSettings } from './config.ts'
import { startRecommendations } from './startRecommendations.ts'

await runMain(async () => {
  const { databaseUrl, host, logLevel, port, secret } = readRecommendationsSettings()
  const log = createLog({ service: 'recommendations', level: logLevel })
  const stack = createStopStack()
  const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
  const subgraph = stack.add(
    await startRecommendations({
      databaseUrl: await server.openUrl('recommendations'),
      port,
      host,
      portSetting: 'PORT',
      secret,
      log,
      report: (message) => log.info(message),
    }),
  )
  log.info({ url: subgraph.url }, 'recommendations subgraph listens')
  return stack
})
