import { readFile } from 'node:fs/promises'
import { type Log, type Running, StartupError } from '@tributary/runtime'
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** Where the public keys come from that tokens are verified with. */
export type TokenKeySource =
  | { kind: 'url'; url: string }
  | { kind: 'file'; path: string }
  | { kind: 'set'; jwks: JSONWebKeySet }

export type TokenKeys = Running & { getKey: JWTVerifyGetKey }

/** How often keys from a URL are fetched anew, so that those taken out of the set go out of use. */
const refreshMs = 5 * 60_000
/** How long keys stay in use while their URL does not answer. */
const staleMs = 24 * 60 * 60_000

/**
 * Opens the keys. Those of a URL are fetched anew every 5 minutes, and when a token names a key that is not known, at most once
 * in 30 s; when the URL does not answer, the last ones stay in use for a day. Throws a {@link StartupError} for a file that holds no keys.
 */
export async function openTokenKeys(source: TokenKeySource, log: Log): Promise<TokenKeys> {
  switch (source.kind) {
    case 'url':
      return openRemoteKeys(source.url, log)
    case 'file':
      return { getKey: await readKeys(source.path), stop: async () => {} }
    case 'set':
      return { getKey: createLocalJWKSet(source.jwks), stop: async () => {} }
    default:
      return source satisfies never
  }
}

async function openRemoteKeys(url: string, log: Log): Promise<TokenKeys> {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    cacheMaxAge: staleMs,
  })
  const refresh = () =>
    keys.reload().catch((error) => log.warn({ err: error }, 'the keys of JWKS_URL could not be fetched'))
  // A gateway whose keys cannot be had yet starts all the same: tokens are refused until they can.
  await refresh()
  const timer = setInterval(refresh, refreshMs)
  return { getKey: keys, stop: async () => clearInterval(timer) }
}

async function readKeys(path: string): Promise<JWTVerifyGetKey> {
  const hint = 'set JWKS_FILE to a JSON Web Key Set, {"keys":[...]}.'
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new StartupError(`The file ${path} cannot be read: ${hint}`, { cause })
  })
  try {
    return createLocalJWKSet(JSON.parse(text))
  } catch (cause) {
    throw new StartupError(`The file ${path} holds no keys: ${hint}`, { cause })
  }
}
