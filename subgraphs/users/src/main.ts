import { createLog, createStopStack, runMain } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { readUsersSettings } from './config.ts'
import { startUsers } from './startUsers.ts'

await runMain(async () => {
  const { databaseUrl, host, logLevel, port, secret } = readUsersSettings()
  const log = createLog({ service: 'users', level: logLevel })
  const stack = createStopStack()
  const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
  const subgraph = stack.add(
    await startUsers({
      databaseUrl: await server.openUrl('users'),
      port,
      host,
      portSetting: 'PORT',
      secret,
      log,
      report: (message) => log.info(message),
    }),
  )
  log.info({ url: subgraph.url }, 'users subgraph listens')
  return stack
})
