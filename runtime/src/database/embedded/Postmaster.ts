import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A running PostgreSQL server, as its file `postmaster.pid` tells. */
export type Postmaster = { pid: number; socketDir: string }

/**
 * Reads which server runs on a database folder, or undefined when none does. A file left by a server that died counts as none,
 * also when its process id belongs to another program by now (as after a restart of a container).
 * Format: https://www.postgresql.org/docs/18/storage-file-layout.html and `src/include/utils/pidfile.h`.
 */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Math.abs(Number(lines[0]))
  if (!Number.isInteger(pid) || pid === 0 || (await programOf(pid)) !== 'postgres') return undefined
  return { pid, socketDir: lines[4] ?? '' }
}

/** The name of the program that runs under a process id; undefined when it has ended, reaped or not. */
export async function programOf(pid: number): Promise<string | undefined> {
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
