import { parseArgs } from 'node:util'
import { StartupError } from '@tributary/runtime'
import { z } from 'zod'
import { bundleTestPrograms } from '../bundleTestPrograms.ts'
import { runChaos } from './runChaos.ts'

/** `npm run chaos`: what is done goes to standard error, the result to standard output. Exit code 1 when anything was lost or came twice. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '60' },
      backend: { type: 'string', default: 'postgres' },
      workers: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  })
  const parsed = settings.safeParse(values)
  if (!parsed.success) throw new StartupError(z.prettifyError(parsed.error))
  await bundleTestPrograms()
  const result = await runChaos({ ...parsed.data, disturbMs: parsed.data.seconds * 500, freezeMs: 20_000 }, (line) =>
    console.error(line),
  )
  console.log(values.json ? JSON.stringify(result) : result)
  if (result.lost + result.stuck + result.duplicateEffects > 0) process.exitCode = 1
}

const settings = z.object({
  jobs: z.coerce.number().int().min(1).max(1_000_000),
  seconds: z.coerce.number().int().min(10).max(86_400),
  backend: z.enum(['postgres', 'redis']),
  workers: z.coerce.number().int().min(1).max(20),
})

main().catch((error) => {
  console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
})
