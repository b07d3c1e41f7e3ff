import { parseArgs } from 'node:util'
import { StartupError } from '@tributary/runtime'
import { z } from 'zod'

export type Backend = 'postgres' | 'redis'

export type JobsBenchSettings = {
  backends: readonly Backend[]
  /** How many jobs a round has. */
  jobs: number
  /** How many rounds; the fastest counts, since whatever else the machine does can only slow it down. */
  rounds: number
  /** How many clients submit at a time. */
  clients: number
  /** How many worker processes, with one thread each. */
  workers: number
  json: boolean
}

/** Reads the command line. Throws a {@link StartupError} that says what was expected. */
export function readJobsBenchSettings(args: readonly string[]): JobsBenchSettings {
  const parsed = settings.safeParse(parse(args))
  if (!parsed.success) throw new StartupError(z.prettifyError(parsed.error))
  const { backend, ...rest } = parsed.data
  return { ...rest, backends: backend === 'both' ? ['postgres', 'redis'] : [backend] }
}

const count = z.coerce.number().int().min(1)

const settings = z.object({
  backend: z.enum(['postgres', 'redis', 'both']),
  jobs: count.max(1_000_000),
  rounds: count.max(100),
  clients: count.max(1_000),
  workers: count.max(16),
  json: z.boolean(),
})

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        backend: { type: 'string', default: 'both' },
        jobs: { type: 'string', default: '1500' },
        rounds: { type: 'string', default: '3' },
        clients: { type: 'string', default: '16' },
        workers: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new StartupError(error instanceof Error ? error.message : String(error))
  }
}
