import { spawn } from 'node:child_process'
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DatabaseUser, runAs } from './DatabaseUser.ts'
import type { Binaries } from './findBinaries.ts'
import type { Postmaster } from './Postmaster.ts'

/** A unix socket's path may have 107 bytes (103 on macOS); PostgreSQL appends `/.s.PGSQL.5432`. */
const maxSocketDirBytes = 88

/** A server that was just spawned: `exited` resolves when it has ended, with what it logged. */
export type LaunchedPostmaster = Postmaster & { exited: Promise<string> }

/**
 * Spawns PostgreSQL on a database folder, on a unix socket and without a TCP port, small but with durable commits.
 * It does not answer yet, and does not keep this process alive.
 */
export async function launchPostmaster(options: {
  cluster: string
  binaries: Binaries
  user: DatabaseUser
}): Promise<LaunchedPostmaster> {
  const { cluster, user } = options
  const base = Buffer.byteLength(tmpdir()) + 20 > maxSocketDirBytes ? '/tmp' : tmpdir()
  // Of this user alone: whoever can open the socket can log in.
  const socketDir = await mkdtemp(join(base, 'tributary-'))
  if (user.kind === 'nobody') await chown(socketDir, user.uid, user.gid)
  const logPath = `${cluster}.log`
  const log = await open(logPath, 'w')
  try {
    const child = spawn(options.binaries.postgres, ['-D', cluster, ...settings(socketDir)], {
      ...runAs(user),
      // A process group of its own: Ctrl-C reaches us, and we stop it after everything that uses it.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    const exited = new Promise<string>((resolve) => {
      const end = async (reason: string) => {
        await rm(socketDir, { recursive: true, force: true })
        resolve((await readFile(logPath, 'utf8').catch(() => '')) || reason)
      }
      child.once('error', (error) => end(error.message))
      child.once('exit', (code, signal) => end(`PostgreSQL ended with ${code ?? signal}`))
    })
    child.unref()
    return { pid: child.pid ?? 0, socketDir, exited }
  } finally {
    await log.close()
  }
}

function settings(socketDir: string): string[] {
  const values: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    max_connections: '100',
    shared_buffers: '64MB',
    huge_pages: 'off',
    io_method: 'sync',
    max_wal_size: '256MB',
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The log file is kept small: what statements do wrong is told to whoever sent them.
    log_min_messages: 'fatal',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
