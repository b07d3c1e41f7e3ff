import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keepFile } from './keepFile.ts'

/**
 * The secret that the gateway signs its requests to subgraphs with, when everything runs in one place: 256 random bits in
 * `<dataDir>/keys/subgraph-secret`, made on first use. Throws a `StartupError` when the folder cannot be written.
 */
export async function openSubgraphSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'keys', 'subgraph-secret')
  const text = await keepFile(path, async () => randomBytes(32).toString('base64url'))
  return text.trim()
}
