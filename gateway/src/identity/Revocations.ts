import type { Identity } from '@tributary/runtime/identity'

/** Which tokens are no longer good, though their time is not over. */
export type Revocations = {
  isRevoked(identity: Identity): boolean
  /** Calls the listener when more has been revoked, until the function that it gives is called. */
  onChange(listener: () => void): () => void
}

/** Where no token is ever revoked. */
export const noRevocations: Revocations = { isRevoked: () => false, onChange: () => () => {} }
