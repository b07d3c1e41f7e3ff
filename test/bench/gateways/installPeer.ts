import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

/** How long npm may take, in milliseconds. */
const installDeadlineMs = 300_000

/**
 * Installs packages, with exact versions, from the npm registry into a folder of their own, once: a folder that has them is left as
 * it is. Rejects with npm's own words.
 */
export async function installPeer(directory: string, dependencies: Record<string, string>): Promise<void> {
  if (Object.keys(dependencies).every((name) => existsSync(`${directory}/node_modules/${name}/package.json`))) return
  mkdirSync(directory, { recursive: true })
  writeFileSync(`${directory}/package.json`, JSON.stringify({ private: true, dependencies }, null, 2))
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    timeout: installDeadlineMs,
    maxBuffer: 10_000_000,
  })
}
