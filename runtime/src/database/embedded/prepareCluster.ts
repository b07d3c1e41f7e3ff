import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFolder } from '../../process/makeFolder.ts'
import { StartupError } from '../../process/StartupError.ts'
import { systemErrorCode } from '../systemErrorCode.ts'
import { type DatabaseUser, runToEnd } from './DatabaseUser.ts'
import type { Binaries } from './findBinaries.ts'

/**
 * Gives the folder of the database's files, made by `initdb` on the first start: `<dataDir>/postgres`, or, where the database's user
 * cannot reach that, one in the system's temporary folder that belongs to this `dataDir`.
 * Throws a {@link StartupError} when `dataDir` cannot be made or written.
 */
export async function prepareCluster(options: {
  dataDir: string
  binaries: Binaries
  user: DatabaseUser
  report(message: string): void
}): Promise<string> {
  const { user, report } = options
  const parent = await prepareParent(resolve(options.dataDir), user, report)
  const cluster = join(parent, 'postgres')
  if (await isCluster(cluster)) return cluster
  report('preparing the database')
  // Made under another name first, so that an interrupted start leaves no half-made database behind.
  const unfinished = `${cluster}.new-${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  if (user.kind === 'nobody') await chown(unfinished, user.uid, user.gid)
  const { code, output } = await runToEnd(user, options.binaries.initdb, [
    ...['-D', unfinished, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions'],
    // Compares by code point and knows every letter's case, whatever the system's locale is.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ])
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true })
    throw new StartupError(
      `The embedded database could not be prepared in ${parent}; set DATA_DIR to another folder, or DATABASE_URL to a PostgreSQL server: ${lastLine(output)}`,
    )
  }
  try {
    await rename(unfinished, cluster)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process was faster: its database is as good.
    if (!(await isCluster(cluster))) throw error
  }
  return cluster
}

async function prepareParent(dataDir: string, user: DatabaseUser, report: (message: string) => void): Promise<string> {
  try {
    await makeFolder(dataDir)
    const probe = join(dataDir, `.write-test-${process.pid}`)
    await writeFile(probe, '')
    await rm(probe)
  } catch (error) {
    const reason = systemErrorCode(error) ?? error
    throw new StartupError(
      `The data folder ${dataDir} cannot be written (${reason}): make it writable, or set DATA_DIR to another folder.`,
    )
  }
  if (user.kind === 'self' || (await mayEnter(user, dataDir))) return dataDir
  const name = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16)
  const substitute = join(tmpdir(), `tributary-data-${name}`)
  await mkdir(substitute, { mode: 0o711 }).catch(() => undefined)
  const { uid } = await stat(substitute)
  if (uid !== process.getuid?.() || !(await mayEnter(user, substitute))) {
    throw new StartupError(
      `The database's user "nobody" can reach neither ${dataDir} nor ${substitute}: set DATA_DIR to a folder that every user may enter.`,
    )
  }
  await chmod(substitute, 0o711)
  report(`the database's user "nobody" cannot enter ${dataDir}: its files are in ${substitute}`)
  return substitute
}

async function mayEnter(user: DatabaseUser, folder: string): Promise<boolean> {
  return (await runToEnd(user, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder])).code === 0
}

async function isCluster(folder: string): Promise<boolean> {
  return stat(join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}
