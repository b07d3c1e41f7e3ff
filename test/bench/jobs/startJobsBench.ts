import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createStopStack, type Running } from '@tributary/runtime'
import { startEmbeddedPostgres } from '@tributary/runtime/database'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import { startRedis } from '@tributary/runtime/testing'
import pg from 'pg'
import { readBaseEnvironment } from '../config.ts'
import { type StartedProcess, startProcess } from '../process/startProcess.ts'
import type { Backend } from './jobsBenchSettings.ts'

/** The stores of one backend, and processes over them. */
export type JobsBench = Running & {
  stores: { databaseUrl: string; redisUrl: string | undefined }
  /** Connected to the ledger's database. */
  database: pg.Client
  token: string
  /** Starts one of the programs beside this file with these options, and gives it with the first message that it sends. */
  start(program: string, options: object): Promise<StartedProcess & { message: unknown }>
  /** The gateway's port. */
  startServer(): Promise<number>
}

/** Starts a PostgreSQL of its own, in a temporary folder, and a Redis where the backend has one. */
export async function startJobsBench(backend: Backend): Promise<JobsBench> {
  const stack = createStopStack()
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'))
  stack.add({ stop: () => rm(folder, { recursive: true, force: true }) })
  // PostgreSQL may have to run as another user, who must reach its folder.
  await chmod(folder, 0o711)
  const server = stack.add(await startEmbeddedPostgres({ dataDir: join(folder, 'data'), report: () => undefined }))
  const databaseUrl = await server.openUrl('bench')
  const redisUrl = backend === 'redis' ? stack.add(await startRedis()).url : undefined
  const keys = await openDevelopmentKeys(folder)
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  stack.add({ stop: () => database.end() })
  const stores = { databaseUrl, redisUrl }

  async function start(program: string, options: object) {
    const script = fileURLToPath(new URL(program, import.meta.url))
    const command = process.execPath
    const args = ['--import', 'tsx', script, JSON.stringify({ ...stores, ...options })]
    const started = startProcess(
      { command, args, env: readBaseEnvironment() },
      { cores: undefined, log: join(folder, `${program}.log`), ipc: true },
    )
    stack.add(started)
    const first = new Promise((resolve) => started.child.once('message', resolve))
    return { ...started, message: await Promise.race([first, started.ended]) }
  }

  return {
    stores,
    database,
    token: await keys.sign({ userId: 'bench' }),
    start,
    async startServer() {
      const { message } = await start('serverMain.ts', { jwks: keys.jwks })
      // What serverMain.ts sends.
      return (message as { port: number }).port
    },
    stop: stack.stop,
  }
}
