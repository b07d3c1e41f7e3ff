import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import { StartupError } from '../process/StartupError.ts'
import { programOf } from './embedded/Postmaster.ts'
import { type DatabaseServer, openDatabase, startEmbeddedPostgres } from './index.ts'

let dataDir: string
const reports: string[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-launcher-'))
  await chmod(dataDir, 0o711)
  reports.length = 0
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

/** Where the database's user cannot enter the checkout, its programs are copied first; that depends on the machine. */
const start = () =>
  startEmbeddedPostgres({
    dataDir,
    report: (message) => {
      if (!message.startsWith('copying')) reports.push(message)
    },
  })

test('starts, keeps its data over a restart, and leaves no process', async () => {
  const first = await start()
  const pid = await serverPid()
  await run(first, sql`CREATE TABLE kept AS SELECT 42 AS answer`)
  await first.stop()
  await first.stop()
  expect(await programOf(pid)).toBeUndefined()

  const second = await start()
  expect(await run(second, sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
  expect(await run(second, sql`SHOW synchronous_commit`)).toEqual([{ synchronous_commit: 'on' }])
  expect(await run(second, sql`SHOW listen_addresses`)).toEqual([{ listen_addresses: '' }])
  await second.stop()
  expect(reports).toEqual(['preparing the database'])
})

test('refuses a data folder that is in use, and takes over what a killed process left running', async () => {
  const holder = await holdInAnotherProcess()
  const pid = await serverPid()
  await expect(start()).rejects.toThrow(StartupError)
  await expect(start()).rejects.toThrow(`${dataDir} is in use by another process: stop that one, or set DATA_DIR`)

  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(await programOf(pid)).toBe('postgres')
  const server = await start()
  expect(await serverPid()).toBe(pid)
  await run(server, sql`SELECT 1`)
  await server.stop()
  expect(await programOf(pid)).toBeUndefined()
})

test('stops with the process that started it, also when that one forgets', async () => {
  const holder = await holdInAnotherProcess()
  const pid = await serverPid()
  holder.stdin?.end()
  await once(holder, 'exit')
  // The next start waits for the one that is going down, if it is not gone yet.
  const server = await start()
  expect(await serverPid()).not.toBe(pid)
  await server.stop()
})

test('recovers what was committed when the server itself is killed', async () => {
  const killed = await start()
  await run(killed, sql`CREATE TABLE kept AS SELECT 42 AS answer`)
  process.kill(await serverPid(), 'SIGKILL')
  await killed.stop()
  const server = await start()
  expect(await run(server, sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
  await server.stop()
})

test('does not take another program for the server, as after a restart of a container', async () => {
  await (await start()).stop()
  const socketDir = join(tmpdir(), 'tributary-none')
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n\n0\n5432\n${socketDir}\n\n\nready\n`)
  const server = await start()
  expect(await serverPid()).not.toBe(process.pid)
  await server.stop()
})

test('says which data folder cannot be written', async () => {
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  for (const wrong of [file, join(file, 'below'), '/proc/tributary/data']) {
    const error = await startEmbeddedPostgres({ dataDir: wrong, report: () => undefined }).catch((reason) => reason)
    expect(error).toBeInstanceOf(StartupError)
    expect(error.message).toMatch(`The data folder ${wrong} cannot be written`)
  }
})

test("keeps its files in the temporary folder where the database's user cannot enter, and says so", async () => {
  await chmod(dataDir, 0o700)
  const first = await start()
  await run(first, sql`CREATE TABLE kept AS SELECT 42 AS answer`)
  await first.stop()
  const second = await start()
  expect(await run(second, sql`SELECT answer FROM kept`)).toEqual([{ answer: 42 }])
  await second.stop()
  const [, substitute] = /cannot enter .*: its files are in (.*)$/m.exec(reports.join('\n')) ?? []
  // Only root has to run the database as someone else.
  expect(substitute !== undefined).toBe(process.getuid?.() === 0)
  if (substitute !== undefined) await rm(substitute, { recursive: true })
})

async function run(server: DatabaseServer, query: ReturnType<typeof sql>): Promise<unknown[]> {
  const db = openDatabase<object>({ url: await server.openUrl('launcher') })
  try {
    return (await query.execute(db.kysely)).rows
  } finally {
    await db.stop()
  }
}

async function serverPid(): Promise<number> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
  return Number(file.split('\n')[0])
}

/** Starts the server in a process that ends, without stopping it, when its standard input does. */
async function holdInAnotherProcess(): Promise<ChildProcess> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, report: () => undefined })
    console.log('started')
    process.stdin.resume().on('end', () => process.exit(0))`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  await once(child.stdout, 'data')
  return child
}
