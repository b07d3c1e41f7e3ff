import { readFile, stat } from 'node:fs/promises'
import type { Log, Running } from '@tributary/runtime'
import type { RevocationList } from './createRevocationList.ts'

/** How often the file is looked at, in milliseconds, and how large it may be, in bytes. */
const pollMs = 250
const maxBytes = 64 * 1024 * 1024

/**
 * Adds what a file says to the list, now and when it changes: one entry a line, `#` begins a comment. A file that is not there revokes nothing; one that
 * cannot be read any more is logged, and what it said before holds.
 */
export async function openFileRevocations(options: { path: string; list: RevocationList; log: Log }): Promise<Running> {
  const { path, list, log } = options
  let version = ''
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let looking = look()
  await looking
  schedule()
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await looking
    },
  }

  function schedule(): void {
    if (isStopped) return
    timer = setTimeout(() => {
      looking = look().then(schedule)
    }, pollMs)
  }

  async function look(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const found = `${mtimeMs} ${size} ${ino}`
      if (found === version) return
      // Once for each version of the file, whatever comes of it.
      version = found
      if (size > maxBytes) return log.error({ path, size, maxBytes }, 'the file of revoked tokens is too large')
      const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim())
      list.add(lines.filter((line) => line !== '' && !line.startsWith('#')))
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      const found = isAbsent ? 'absent' : 'unreadable'
      if (found === version) return
      version = found
      if (isAbsent) log.debug({ path }, 'there is no file of revoked tokens yet')
      else log.error({ err: error, path }, 'the file of revoked tokens cannot be read')
    }
  }
}
