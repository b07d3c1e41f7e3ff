import { createLog, createStopStack, runMain } from '@tributary/runtime'
import { connectDatabaseServer } from '@tributary/runtime/database'
import { readWorkerSettings } from './config.ts'
import { readFunctions } from './kinds/readFunctions.ts'
import { serveHealth } from './serveHealth.ts'
import { startWorkers } from './startWorkers.ts'

await runMain(async () => {
  const { databaseUrl, host, logLevel, port, functionsFile, functionSecret, ...settings } = readWorkerSettings()
  const extraKinds = await readFunctions({ file: functionsFile, secret: functionSecret })
  const log = createLog({ service: 'worker', level: logLevel })
  const stack = createStopStack()
  const server = stack.add(await connectDatabaseServer({ url: databaseUrl }))
  const workers = stack.add(
    await startWorkers({ databaseUrl: await server.openUrl('compute'), log, extraKinds, ...settings }),
  )
  const health = stack.add(await serveHealth({ port, host, portSetting: 'PORT', isReady: workers.isReady }))
  log.info({ port: health.port, threads: settings.threads }, 'workers run')
  return stack
})
