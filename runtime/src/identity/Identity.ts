/** Who asks, as a verified token said it. */
export type Identity = {
  /** The token's `sub`: a user's id, or a service's name. */
  userId: string
  /** The token's `scope`, split at spaces. */
  scopes: readonly string[]
  /** When the token ends, in milliseconds since the epoch. */
  expiresAtMs: number
  /** What names the token itself (`jti`) and when it was issued (`iat`, in seconds since the epoch), where it says so. Subgraphs are not told. */
  tokenId?: string
  issuedAtS?: number
}

/** The scope that services carry when they speak for themselves. No user token is issued with it. */
export const serviceScope = 'service'

/** The scope that reads every user's data. */
export const usersReadScope = 'users:read'

/** Whether the identity may read the data of the user with this id. */
export function mayReadUser(identity: Identity | undefined, userId: string): boolean {
  return identity !== undefined && (identity.userId === userId || identity.scopes.includes(usersReadScope))
}
