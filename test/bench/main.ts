import { StartupError } from '@tributary/runtime'
import { readBenchSettings } from './benchSettings.ts'
import { formatTable } from './report/formatTable.ts'
import { runBench } from './runBench.ts'

/** `npm run bench`: compares gateways on one machine. Progress goes to standard error, results to standard output. */
async function main(abort: AbortController): Promise<void> {
  process.once('SIGINT', () => abort.abort())
  process.once('SIGTERM', () => abort.abort())
  const settings = readBenchSettings(process.argv.slice(2))
  const { measurements, chartFile, profiles } = await runBench(settings, {
    root: new URL('../..', import.meta.url).pathname.replace(/\/$/, ''),
    directory: new URL('.', import.meta.url).pathname.replace(/\/$/, ''),
    report: (line) => console.error(line),
    signal: abort.signal,
  })
  if (settings.json) for (const one of measurements) console.log(JSON.stringify(one))
  else console.log(`\n${formatTable(measurements)}\n\nChart: ${chartFile}`)
  for (const profile of profiles) console.error(`\n${profile}`)
}

const abort = new AbortController()
main(abort).catch((error) => {
  if (abort.signal.aborted) console.error('Interrupted.')
  else console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
})
