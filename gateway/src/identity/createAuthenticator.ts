import { type Identity, serviceScope } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { tokenRevoked } from './createTokenWatch.ts'
import { noRevocations, type Revocations } from './Revocations.ts'

export type AuthenticatorOptions = {
  getKey: JWTVerifyGetKey
  /** What `iss` must be, where it is looked at. */
  issuer?: string | undefined
  /** What `aud` must contain, where it is looked at. */
  audience?: string | undefined
  /** Tokens that are refused though they verify. */
  revocations?: Revocations
}

/** `Authorization` -> who asks, at once where no token is to be verified. See {@link createAuthenticator}. */
export type Authenticate = (authorization: string | undefined) => Identity | undefined | Promise<Identity | undefined>

/** How many verified tokens are remembered, and for how long at most: a key that was revoked goes out of use after that. */
const maxRemembered = 10_000
const rememberMs = 5 * 60_000
/** How far another clock may be ahead, for `nbf`. */
const clockToleranceS = 30

/**
 * Verifies bearer tokens: JWT (RFC 7519), RS256 only, whatever the token says of itself. `sub` and `exp` are required, and a token is
 * good until `exp` sharp, or revoked. Gives undefined for no token. Throws `UNAUTHENTICATED` for one that is malformed, forged, expired or revoked, and
 * `SERVICE_UNAVAILABLE` while the keys cannot be had. The scope `service` is never given.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  /** By the token's text, the least recently used first. */
  const remembered = new Map<string, { identity: Identity; untilMs: number }>()
  /** Tokens that are being verified now: a thousand requests with a new one verify it once. */
  const pending = new Map<string, Promise<Identity>>()
  const { revocations = noRevocations } = options
  revocations.onChange(() => {
    for (const [token, { identity }] of remembered) if (revocations.isRevoked(identity)) remembered.delete(token)
  })
  return (authorization) => {
    if (authorization === undefined || authorization === '') return undefined
    const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1]
    if (token === undefined) {
      return Promise.reject(
        codedError('UNAUTHENTICATED', 'Expected an Authorization header of the form `Bearer <token>`'),
      )
    }
    const known = remembered.get(token)
    if (known) {
      remembered.delete(token)
      if (Date.now() < known.untilMs) {
        remembered.set(token, known)
        return known.identity
      }
    }
    const running = pending.get(token)
    if (running) return running
    const started = verifyAndRemember(token).finally(() => pending.delete(token))
    pending.set(token, started)
    return started
  }

  async function verifyAndRemember(token: string): Promise<Identity> {
    const identity = await verify(token, options)
    if (revocations.isRevoked(identity)) throw tokenRevoked()
    const untilMs = Math.min(identity.expiresAtMs, Date.now() + rememberMs)
    remembered.set(token, { identity, untilMs })
    if (remembered.size > maxRemembered) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest)
        break
      }
    }
    return identity
  }
}

async function verify(token: string, { getKey, issuer, audience }: AuthenticatorOptions): Promise<Identity> {
  let payload: JWTPayload
  try {
    const verified = await jwtVerify(token, getKey, {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: clockToleranceS,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    })
    payload = verified.payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw expired()
    if (isOwnFault(error))
      throw codedError('SERVICE_UNAVAILABLE', 'Tokens cannot be verified at the moment', {
        originalError: toError(error),
      })
    throw codedError('UNAUTHENTICATED', 'The token is not valid')
  }
  const { sub, exp, scope } = payload
  if (typeof sub !== 'string' || sub === '' || typeof exp !== 'number')
    throw codedError('UNAUTHENTICATED', 'The token is not valid')
  if (exp * 1000 <= Date.now()) throw expired()
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '' && one !== serviceScope) : []
  const { jti, iat } = payload
  return {
    userId: sub,
    scopes,
    expiresAtMs: exp * 1000,
    ...(typeof jti === 'string' && { tokenId: jti }),
    ...(typeof iat === 'number' && { issuedAtS: iat }),
  }
}

function expired() {
  return codedError('UNAUTHENTICATED', 'The token has expired')
}

/** Whether the keys could not be had, which says nothing of the token: what jose says of tokens are errors of its own, with a code. */
function isOwnFault(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true
  // The generic one is for an answer of JWKS_URL that is no JSON or not 200; what is not jose's comes from fetching.
  return !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC'
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
