import { createLog, createStopStack, runMain } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { readOrdersSettings } from './config.ts'
import { startOrders } from './startOrders.ts'

await runMain(async () => {
  const { databaseUrl, host, logLevel, port, secret } = readOrdersSettings()
  const log = createLog({ service: 'orders', level: logLevel })
  const stack = createStopStack()
  const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
  const subgraph = stack.add(
    await startOrders({
      databaseUrl: await server.openUrl('orders'),
      port,
      host,
      portSetting: 'PORT',
      secret,
      log,
      report: (message) => log.info(message),
    }),
  )
  log.info({ url: subgraph.url }, 'orders subgraph listens')
  return stack
})
