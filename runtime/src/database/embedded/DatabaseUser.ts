import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { StartupError } from '../../process/StartupError.ts'

/** Who runs PostgreSQL: this process's user, or, since PostgreSQL refuses root, `nobody` in place of root. */
export type DatabaseUser = { kind: 'self' } | { kind: 'nobody'; uid: number; gid: number }

/** Throws a {@link StartupError} when this is root and the system has no `nobody`. */
export function databaseUser(): DatabaseUser {
  if (process.getuid?.() !== 0) return { kind: 'self' }
  const [, , uid, gid] = /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new StartupError(
      'PostgreSQL refuses to run as root, and this system has no user "nobody": run this as another user, or set DATABASE_URL.',
    )
  }
  return { kind: 'nobody', uid: Number(uid), gid: Number(gid) }
}

/** The options of `spawn` that run a program as the database's user. */
export function runAs(user: DatabaseUser): { uid?: number; gid?: number } {
  return user.kind === 'self' ? {} : { uid: user.uid, gid: user.gid }
}

/** Runs a program as the database's user to its end; gives its exit code (-1 when it could not be started) and what it wrote. */
export function runToEnd(
  user: DatabaseUser,
  command: string,
  args: string[],
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...runAs(user), stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    let output = ''
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => resolve({ code: -1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? -1, output }))
  })
}
