import { parseArgs } from 'node:util'
import { StartupError } from '@tributary/runtime'
import { z } from 'zod'
import { bundleTestPrograms } from '../bundleTestPrograms.ts'
import { runTorture } from './runTorture.ts'

/** `npm run torture`: what is done goes to standard error, the result to standard output. Exit code 1 when a stream has lied. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      clients: { type: 'string', default: '200' },
      jobs: { type: 'string', default: '500' },
      seed: { type: 'string', default: `${Date.now()}` },
      json: { type: 'boolean', default: false },
    },
  })
  const parsed = settings.safeParse(values)
  if (!parsed.success) throw new StartupError(z.prettifyError(parsed.error))
  console.error(`seed ${parsed.data.seed}`)
  await bundleTestPrograms()
  const result = await runTorture({ ...parsed.data, finishSeconds: 300 }, (line) => console.error(line))
  console.log(values.json ? JSON.stringify(result) : result)
  const { missed, doubled, outOfOrder, unsaid, wrong, falseEnds, unfinished, crashes } = result
  if (missed + doubled + outOfOrder + unsaid + wrong + falseEnds + unfinished + crashes.length > 0) process.exitCode = 1
}

const settings = z.object({
  seconds: z.coerce.number().int().min(1).max(86_400),
  clients: z.coerce.number().int().min(1).max(2_000),
  jobs: z.coerce.number().int().min(1).max(1_000_000),
  seed: z.string().min(1),
})

main().catch((error) => {
  console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
})
