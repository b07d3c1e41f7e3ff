import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import type { GraphQLError } from 'graphql'
import { callAt } from '../stream/callAt.ts'
import type { Revocations } from './Revocations.ts'

/** Calls once, with the reason, when the token that named the identity ends: by its time, or revoked. Gives what cancels it. */
export type OnTokenEnd = (identity: Identity, end: (why: GraphQLError) => void) => () => void

/** The {@link OnTokenEnd} of a gateway. */
export function createTokenWatch(revocations: Revocations): OnTokenEnd {
  const watched = new Set<{ identity: Identity; revoke(): void }>()
  revocations.onChange(() => {
    for (const each of [...watched]) if (revocations.isRevoked(each.identity)) each.revoke()
  })
  return (identity, end) => {
    const entry = { identity, revoke }
    // It may have been revoked since it was looked at.
    const isRevoked = revocations.isRevoked(identity)
    const cancelTimer = isRevoked ? callAt(0, revoke) : callAt(identity.expiresAtMs, expire)
    watched.add(entry)
    return cancel

    function revoke(): void {
      cancel()
      end(tokenRevoked())
    }

    function expire(): void {
      cancel()
      end(codedError('UNAUTHENTICATED', 'The token has expired'))
    }

    function cancel(): void {
      cancelTimer()
      watched.delete(entry)
    }
  }
}

/** Why a token is refused that would still be good. */
export function tokenRevoked(): GraphQLError {
  return codedError('UNAUTHENTICATED', 'The token has been revoked')
}
