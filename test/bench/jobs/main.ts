import { StartupError } from '@tributary/runtime'
import { formatJobs } from './formatJobs.ts'
import { readJobsBenchSettings } from './jobsBenchSettings.ts'
import { runJobsBench } from './runJobsBench.ts'

/** `npm run bench:jobs`: tiny jobs from GraphQL to their end in the ledger, beside plain BullMQ. Results go to standard output. */
async function main(): Promise<void> {
  const settings = readJobsBenchSettings(process.argv.slice(2))
  for (const backend of settings.backends) {
    const result = await runJobsBench(settings, backend, (line) => console.error(line))
    console.log(settings.json ? JSON.stringify(result) : formatJobs(result))
  }
}

main().catch((error) => {
  console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
})
