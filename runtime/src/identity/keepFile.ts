import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../database/systemErrorCode.ts'
import { makeFolder } from '../process/makeFolder.ts'
import { StartupError } from '../process/StartupError.ts'

/**
 * Gives the text of a file that only its owner may read, after making it, once, of what `make` gives. Of two processes that start
 * at once the first decides. Throws a {@link StartupError} when it can be neither read nor written.
 */
export async function keepFile(path: string, make: () => Promise<string>): Promise<string> {
  const kept = await read(path)
  if (kept !== undefined) return kept
  const text = await make()
  try {
    // Only the innermost folder is ours alone: the database runs as another user beside it.
    await makeFolder(dirname(path), { mode: 0o700 })
    const draft = `${path}.${randomUUID()}`
    await writeFile(draft, text, { mode: 0o600 })
    try {
      // A link never overwrites.
      await link(draft, path)
    } finally {
      await rm(draft)
    }
    return text
  } catch (error) {
    const other = systemErrorCode(error) === 'EEXIST' ? await read(path) : undefined
    if (other !== undefined) return other
    throw new StartupError(
      `The folder ${dirname(path)} cannot be written: make it writable, or set DATA_DIR to another folder.`,
    )
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // ENOTDIR: something on the way is no folder, which making the file will say better.
    if (/^(ENOENT|ENOTDIR)$/.test(systemErrorCode(error) ?? '')) return undefined
    throw new StartupError(`The file ${path} cannot be read: give this user the right to, or set DATA_DIR.`)
  }
}
