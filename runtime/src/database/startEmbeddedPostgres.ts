import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { StartupError } from '../process/StartupError.ts'
import { createDatabase } from './createDatabase.ts'
import type { DatabaseServer } from './DatabaseServer.ts'
import { type DatabaseUser, databaseUser } from './embedded/DatabaseUser.ts'
import { type Binaries, findBinaries } from './embedded/findBinaries.ts'
import { launchPostmaster } from './embedded/launchPostmaster.ts'
import { type Postmaster, programOf, readPostmaster, removeMisleadingPidFile } from './embedded/Postmaster.ts'
import { prepareCluster } from './embedded/prepareCluster.ts'

/** Recovery after a crash may take its time; a healthy start takes 40 ms. */
const startTimeoutMs = 60_000
const stopTimeoutMs = 10_000

/**
 * Starts a PostgreSQL server of our own on the files under `dataDir`, which are made on the first start and survive restarts.
 * A server that was left running by a killed process is taken over. `report` is told what takes long.
 *
 * `stop` shuts the server down, whatever connections are open, and resolves when no process of it is left.
 *
 * Throws a {@link StartupError} when `dataDir` cannot be written or is used by another process, or when this system cannot run the
 * embedded server.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  report(message: string): void
}): Promise<DatabaseServer> {
  const user = databaseUser()
  const binaries = await findBinaries(user, options.report)
  const cluster = await prepareCluster({ ...options, binaries, user })
  const server = await takeServer({ cluster, binaries, user, dataDir: resolve(options.dataDir) })
  const stopAtExit = () => {
    signal(server.pid, 'SIGINT')
    rmSync(server.socketDir, { recursive: true, force: true })
  }
  // Ending without `stop` must not leave it running; only kill -9 can.
  process.once('exit', stopAtExit)
  let stopping: Promise<void> | undefined
  return {
    async openUrl(name) {
      await createDatabase({ url: urlOf(server, 'postgres'), name })
      return urlOf(server, name)
    },
    stop() {
      stopping ??= stopServer(cluster, server).finally(() => process.off('exit', stopAtExit))
      return stopping
    },
  }
}

/** What PostgreSQL says while processes of a server that was killed have not noticed yet that it is gone. */
const stillInUse = 'pre-existing shared memory block'

type OwnedServer = Postmaster & {
  /** Holds the lock that tells other processes that the server is in use; the lock falls with this process. */
  lock: pg.Client
}

type Place = { cluster: string; binaries: Binaries; user: DatabaseUser; dataDir: string }

async function takeServer(place: Place): Promise<OwnedServer> {
  const deadline = Date.now() + startTimeoutMs
  let log = ''
  while (Date.now() < deadline) {
    const running = await readPostmaster(place.cluster)
    if (running) {
      const lock = await tryConnect(running)
      if (lock) return takeOver(running, lock, place)
      // It is still starting, or shutting down.
      await delay(20)
      continue
    }
    await removeMisleadingPidFile(place.cluster)
    const launched = await launchPostmaster(place)
    const lock = await connectOrExit(launched, deadline)
    if (lock !== undefined) return takeOver(launched, lock, place)
    log = await launched.exited
    // Another process was faster with the same folder: see whether its server is in use.
    if (!(await readPostmaster(place.cluster)) && !log.includes(stillInUse)) break
    await delay(50)
  }
  throw new StartupError(
    `The embedded database did not start in ${place.dataDir}; set DATA_DIR to another folder, or DATABASE_URL to a PostgreSQL server: ${log.trim().split('\n').at(-1)}`,
  )
}

async function connectOrExit(
  launched: Postmaster & { exited: Promise<string> },
  deadline: number,
): Promise<pg.Client | undefined> {
  let hasExited = false
  launched.exited.then(() => {
    hasExited = true
  })
  while (!hasExited && Date.now() < deadline) {
    const client = await tryConnect(launched)
    if (client) return client
    await delay(10)
  }
  signal(launched.pid, 'SIGINT')
  return undefined
}

async function tryConnect(server: Postmaster): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(server, 'postgres'),
    connectionTimeoutMillis: 3_000,
    query_timeout: 3_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch {
    await client.end().catch(() => undefined)
    return undefined
  }
}

/** The number is arbitrary: it has to be the same in every version of this program. */
const lockNumber = 7_283_190_455

async function takeOver(server: Postmaster, lock: pg.Client, place: Place): Promise<OwnedServer> {
  // The lock of a process that was killed just now falls when the server notices.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { rows } = await lock.query('SELECT pg_try_advisory_lock($1) AS taken', [lockNumber])
    if (rows[0].taken) return { ...server, lock }
    await delay(50)
  }
  await lock.end()
  throw new StartupError(
    `The data folder ${place.dataDir} is in use by another process: stop that one, or set DATA_DIR to another folder.`,
  )
}

async function stopServer(cluster: string, server: OwnedServer): Promise<void> {
  await server.lock.end().catch(() => undefined)
  // SIGINT is PostgreSQL's fast shutdown: it ends open connections, writes everything down and exits.
  signal(server.pid, 'SIGINT')
  const deadline = Date.now() + stopTimeoutMs
  while ((await programOf(server.pid)) === 'postgres') {
    // SIGQUIT ends it at once; the next start replays its log.
    if (Date.now() > deadline) signal(server.pid, 'SIGQUIT')
    if (Date.now() > deadline + stopTimeoutMs) throw new Error(`PostgreSQL on ${cluster} did not stop`)
    await delay(10)
  }
  await rm(server.socketDir, { recursive: true, force: true })
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (pid === 0) return
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

function urlOf(server: Postmaster, database: string): string {
  return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(server.socketDir)}`
}
