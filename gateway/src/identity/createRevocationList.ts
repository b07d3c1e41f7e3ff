import type { Log } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import type { Revocations } from './Revocations.ts'

export type RevocationList = Revocations & {
  /**
   * Adds entries: `jti:<id>`, the token of this id; `sub:<seconds>:<user>`, all tokens of a user that were issued (`iat`) by then, or do not say when. Others are logged
   * and passed over.
   */
  add(entries: readonly string[]): void
}

/** How many tokens, and how many users, are remembered as revoked; the oldest are forgotten first. */
const maxEntries = 1_000_000

/** An empty {@link RevocationList}. What was revoked once stays so as long as the process runs. */
export function createRevocationList(log: Log): RevocationList {
  const tokenIds = new Set<string>()
  /** By user: tokens issued up to this time, in seconds since the epoch. */
  const users = new Map<string, number>()
  const listeners = new Set<() => void>()
  return {
    isRevoked({ userId, tokenId, issuedAtS = 0 }: Identity) {
      if (tokenId !== undefined && tokenIds.has(tokenId)) return true
      const revokedUpToS = users.get(userId)
      return revokedUpToS !== undefined && issuedAtS <= revokedUpToS
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    add(entries) {
      const before = tokenIds.size + users.size
      let unreadable = 0
      let isNew = false
      for (const entry of entries) {
        const [, tokenId, seconds, userId] = /^(?:jti:(.+)|sub:(\d{1,12}):(.+))$/.exec(entry) ?? []
        if (tokenId !== undefined) {
          isNew ||= !tokenIds.has(tokenId)
          tokenIds.add(tokenId)
        } else if (userId !== undefined) {
          const upToS = Math.max(Number(seconds), users.get(userId) ?? 0)
          isNew ||= users.get(userId) !== upToS
          users.set(userId, upToS)
        } else unreadable++
      }
      forgetOldest(tokenIds)
      forgetOldest(users)
      if (unreadable > 0)
        log.error({ unreadable }, 'revocations cannot be read: expected jti:<id> or sub:<seconds>:<user>')
      if (!isNew) return
      log.info({ added: tokenIds.size + users.size - before }, 'tokens revoked')
      for (const listener of [...listeners]) listener()
    },
  }
}

function forgetOldest(known: { size: number; keys(): Iterable<string>; delete(key: string): unknown }): void {
  for (const key of known.keys()) {
    if (known.size <= maxEntries) return
    known.delete(key)
  }
}
