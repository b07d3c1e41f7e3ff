import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import type { GraphQLError } from 'graphql'

export type StreamQuotaLimits = {
  /** Subscriptions that one connection may hold: a WebSocket, or a reserved event stream. */
  maxPerSocket: number
  /** Subscriptions that one user may hold, on whatever connections. Clients without a token are nobody: only the others bound them. */
  maxPerUser: number
  /** Subscriptions that this process may hold. */
  maxPerProcess: number
}

export const defaultStreamQuotaLimits: StreamQuotaLimits = {
  maxPerSocket: 50,
  maxPerUser: 200,
  maxPerProcess: 20_000,
}

/** A place for one subscription, held until `release` (which may be called twice), or why there is none (`SUBSCRIPTION_MAX_LIMIT`). */
export type StreamPlace = { kind: 'taken'; release(): void } | { kind: 'refused'; error: GraphQLError }

/** How many subscriptions run, whichever door they came by. */
export type StreamQuota = {
  /** Takes a place for a subscription of a user, on a connection. */
  take(identity: Identity | undefined, connection: StreamConnection): StreamPlace
  /** How many are taken now. */
  count(): number
}

/** A connection, as its subscriptions are counted. */
export type StreamConnection = { streamCount: number }

/** A {@link StreamQuota}. */
export function createStreamQuota(limits: StreamQuotaLimits = defaultStreamQuotaLimits): StreamQuota {
  const byUser = new Map<string, number>()
  let count = 0
  return {
    count: () => count,
    take(identity, connection) {
      const userId = identity?.userId
      const ofUser = userId === undefined ? 0 : (byUser.get(userId) ?? 0)
      if (connection.streamCount >= limits.maxPerSocket) return refused(limits.maxPerSocket, 'on one connection')
      if (ofUser >= limits.maxPerUser) return refused(limits.maxPerUser, 'for one user')
      if (count >= limits.maxPerProcess) return refused(limits.maxPerProcess, 'here: another gateway may have room')
      connection.streamCount++
      count++
      if (userId !== undefined) byUser.set(userId, ofUser + 1)
      let isReleased = false
      return {
        kind: 'taken',
        release() {
          if (isReleased) return
          isReleased = true
          connection.streamCount--
          count--
          if (userId === undefined) return
          const left = (byUser.get(userId) ?? 1) - 1
          if (left > 0) byUser.set(userId, left)
          else byUser.delete(userId)
        },
      }
    },
  }
}

function refused(max: number, where: string): StreamPlace {
  const message = `Expected at most ${max} subscriptions at a time ${where}`
  return { kind: 'refused', error: codedError('SUBSCRIPTION_MAX_LIMIT', message) }
}
