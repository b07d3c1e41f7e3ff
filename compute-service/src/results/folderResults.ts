import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '@tributary/runtime'
import type { ResultKey, ResultStore } from './ResultStore.ts'
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
    async put(key, json) {
      const path = pathOf(key)
      await makeFolder(join(path, '..'))
      const bytes = Buffer.from(json)
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
      const file = await open(pathOf(key), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (!file) return undefined
      const { size } = await file.stat()
      return { bytes: size, stream: file.createReadStream() }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    downloadUrl(key, expiresAt) {
      if (!downloads) return undefined
      return `${downloads.baseUrl()}${signResultPath(key, expiresAt, downloads.secret)}`
    },
  }

  /** A folder for the first two characters each, so that none holds too many. */
  function pathOf({ jobId, attempt }: ResultKey): string {
    if (!/^[0-9a-f-]{36}$/.test(jobId) || !Number.isSafeInteger(attempt))
      throw new Error(`Expected a job's id, got ${jobId}`)
    return join(folder, jobId.slice(0, 2), `${jobId}-${attempt}.json`)
  }
}
