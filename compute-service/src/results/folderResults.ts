import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '@tributary/runtime'
import type { ResultStore } from './ResultStore.ts'
import { attemptPath, resultPath } from './resultPath.ts'
import { signResultPath } from './signResultPath.ts'

/** How downloads are served: where that is reached from outside, `https://host/results`, and what URLs are signed with. */
export type Downloads = { baseUrl(): string; secret: string }

/** A {@link ResultStore} in a folder that all processes see. */
export function folderResults({
  folder,
  downloads,
}: {
  folder: string
  downloads?: Downloads | undefined
}): ResultStore {
  return {
    async put(key, content) {
      const path = under(resultPath(key))
      await makeFolder(dirname(path))
      const bytes = Buffer.from(content)
      // Renamed when it is whole and on the disk: a reader sees all of it or nothing.
      const unfinished = `${path}.${randomUUID()}`
      try {
        const file = await open(unfinished, 'wx', 0o600)
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(unfinished, path)
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
      return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    },
    async open(key) {
      const file = await open(under(resultPath(key)), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (!file) return undefined
      const { size } = await file.stat()
      return { bytes: size, stream: file.createReadStream() }
    },
    async remove(which) {
      await rm(under(attemptPath(which)), { recursive: true, force: true })
    },
    async downloadUrl(key, expiresAt) {
      if (!downloads) return undefined
      return `${downloads.baseUrl()}${signResultPath(key, expiresAt, downloads.secret)}`
    },
  }

  /** Below a folder for the first two characters each, so that none holds too many. */
  function under(path: string): string {
    return join(folder, path.slice(0, 2), path)
  }
}
