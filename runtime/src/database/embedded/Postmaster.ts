import { execFileSync } from 'node:child_process'
import { readFile, readlink, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A running PostgreSQL server, as its file `postmaster.pid` tells. */
export type Postmaster = { pid: number; socketDir: string }

/**
 * Reads which server runs on a database folder, or undefined when none does. A file left by a server that died counts as none,
 * also when its process id belongs to another program by now (as after a restart of a container).
 * Format: https://www.postgresql.org/docs/18/storage-file-layout.html and `src/include/utils/pidfile.h`.
 */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const { pid, socketDir } = await readPidFile(pidFile(cluster))
  return (await isServer(pid, cluster)) ? { pid, socketDir } : undefined
}

/**
 * Removes the file of a server that is gone when its process id belongs to another program by now, which PostgreSQL might take for
 * a server. A file whose process has ended is left alone: PostgreSQL replaces it, and knows whether that is safe.
 */
export async function removeMisleadingPidFile(cluster: string): Promise<void> {
  const { pid } = await readPidFile(pidFile(cluster))
  if ((await programOf(pid)) === undefined || (await isServer(pid, cluster))) return
  // Another process may be starting a server at this moment: if it is that one's file that we take away, it is put back.
  const aside = `${pidFile(cluster)}.${process.pid}`
  try {
    await rename(pidFile(cluster), aside)
  } catch {
    return
  }
  if ((await readPidFile(aside)).pid === pid) await rm(aside)
  else await rename(aside, pidFile(cluster))
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid')
}

async function readPidFile(path: string): Promise<Postmaster> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n')
  const pid = Math.abs(Number(lines[0]))
  return { pid: Number.isInteger(pid) ? pid : 0, socketDir: lines[4] ?? '' }
}

async function isServer(pid: number, cluster: string): Promise<boolean> {
  if (pid === 0 || (await programOf(pid)) !== 'postgres') return false
  // A server works in its own folder. Where the system does not say, it is taken for ours.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return folder === undefined || folder === (await realpath(cluster))
}

/** The name of the program that runs under a process id; undefined when it has ended, reaped or not. */
export async function programOf(pid: number): Promise<string | undefined> {
  if (pid === 0) return undefined
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const [, name, state] = /^\d+ \((.*)\) (\w)/s.exec(line) ?? []
    return state === 'Z' || state === 'X' ? undefined : name
  }
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' })
      .trim()
      .split('/')
      .at(-1)
  } catch {
    return undefined
  }
}
