import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { systemErrorCode } from '../database/systemErrorCode.ts'

/**
 * Makes a folder and those above it. Throws the system's error. Unlike `mkdir` with `recursive`, which never ends on Node 20 below
 * a folder that takes no folders but says that there is none (`/proc`), it gives up there.
 */
export async function makeFolder(path: string, options: { mode?: number } = {}): Promise<void> {
  const missing: string[] = []
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) missing.push(folder)
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder, folder === resolve(path) ? options : {})
    } catch (error) {
      // Another process was faster.
      if (!(await isFolder(folder))) throw error
    }
  }
}

/** Whether it is a folder. Throws when something else is there, or when it cannot be looked at. */
async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
  throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' })
}
