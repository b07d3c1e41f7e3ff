import { createStopStack, type Log, type Running } from '@tributary/runtime'
import { createRevocationList } from './createRevocationList.ts'
import { openFileRevocations } from './openFileRevocations.ts'
import { openRedisRevocations } from './openRedisRevocations.ts'
import type { Revocations } from './Revocations.ts'

/** What a file, a Redis server or both say of revoked tokens. Throws a `StartupError` for a Redis that does not answer. */
export async function openRevocations(options: {
  file: string | undefined
  redisUrl: string | undefined
  log: Log
}): Promise<Revocations & Running> {
  const { file, redisUrl, log } = options
  const list = createRevocationList(log)
  const stack = createStopStack()
  try {
    if (file !== undefined) stack.add(await openFileRevocations({ path: file, list, log }))
    if (redisUrl !== undefined) stack.add(await openRedisRevocations({ url: redisUrl, list, log }))
  } catch (error) {
    await stack.stop()
    throw error
  }
  return { isRevoked: list.isRevoked, onChange: list.onChange, stop: stack.stop }
}
