import type { SubgraphName } from '@tributary/schema'
import { connectDatabaseServer } from '../database/index.ts'
import { createLog } from '../process/createLog.ts'
import { createStopStack } from '../process/Running.ts'
import { runMain } from '../process/runMain.ts'
import type { SubgraphSettings } from './readSubgraphSettings.ts'
import type { StoredSubgraphOptions } from './startStoredSubgraph.ts'
import type { RunningSubgraph } from './startSubgraph.ts'

/** The program of a subgraph that runs alone: its database is the one of its name on the server of `DATABASE_URL`. */
export function runSubgraphAlone<Settings extends SubgraphSettings>(
  name: SubgraphName,
  readSettings: () => Settings,
  start: (options: StoredSubgraphOptions, settings: Settings) => Promise<RunningSubgraph>,
): Promise<void> {
  return runMain(async () => {
    const settings = readSettings()
    const { databaseUrl, host, logLevel, port, secret } = settings
    const log = createLog({ service: name, level: logLevel })
    const stack = createStopStack()
    const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
    const options = {
      databaseUrl: await server.openUrl(name),
      port,
      host,
      portSetting: 'PORT',
      secret,
      log,
      report: (message: string) => log.info(message),
    }
    const subgraph = stack.add(await start(options, settings))
    log.info({ url: subgraph.url }, `${name} subgraph listens`)
    return stack
  })
}
