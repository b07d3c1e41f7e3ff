import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose'
import { StartupError } from '../process/StartupError.ts'
import { serviceScope } from './Identity.ts'
import { keepFile } from './keepFile.ts'

/** A key pair for development: what a token issuer would be in production. */
export type DevelopmentKeys = {
  /** The public key, as the gateway takes it. */
  jwks: JSONWebKeySet
  /** A signed token (JWT, RS256), good for `expiresInS` seconds from now; one day unless told. Throws for the scope `service`. */
  sign(options: { userId: string; scopes?: readonly string[]; expiresInS?: number }): Promise<string>
}

/** How long a development token is good, in seconds, unless told otherwise. */
export const defaultTokenLifeS = 24 * 60 * 60

/**
 * Opens the development key pair of a data folder: `<dataDir>/keys/development.json`, a private JWK that only its owner may read,
 * made on first use. Its public half is for all to read, as `JWKS_FILE` takes it, in `<dataDir>/jwks.json`. Throws a {@link StartupError}
 * when the folder cannot be written or the file is no key.
 */
export async function openDevelopmentKeys(dataDir: string): Promise<DevelopmentKeys> {
  const path = resolve(dataDir, 'keys', 'development.json')
  const privateJwk = parseKey(await keepFile(path, makeKey), path)
  const { kty, n, e } = privateJwk
  if (kty !== 'RSA' || n === undefined || e === undefined || privateJwk.d === undefined) throw notAKey(path)
  const kid = await calculateJwkThumbprint({ kty, n, e })
  const key = await importJWK(privateJwk, 'RS256')
  const jwks = { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] }
  await publish(resolve(dataDir, 'jwks.json'), `${JSON.stringify(jwks)}\n`)
  return {
    jwks,
    sign({ userId, scopes = [], expiresInS = defaultTokenLifeS }) {
      if (scopes.includes(serviceScope))
        throw new Error(`Expected other scopes than "${serviceScope}": no token carries it`)
      const nowS = Math.floor(Date.now() / 1000)
      return new SignJWT(scopes.length > 0 ? { scope: scopes.join(' ') } : {})
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + expiresInS)
        .sign(key)
    },
  }
}

async function makeKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true, modulusLength: 2048 })
  return `${JSON.stringify(await exportJWK(privateKey))}\n`
}

/** Writes a file that all may read, where it says something else yet. A reader never sees half of it. */
async function publish(path: string, text: string): Promise<void> {
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
    const draft = `${path}.${randomUUID()}`
    await writeFile(draft, text, { mode: 0o644 })
    await rename(draft, path)
  } catch (cause) {
    throw new StartupError(`The file ${path} cannot be written: make its folder writable, or set DATA_DIR.`, { cause })
  }
}

function parseKey(text: string, path: string): JWK {
  try {
    // Checked by its fields before it is used.
    return JSON.parse(text) as JWK
  } catch {
    throw notAKey(path)
  }
}

function notAKey(path: string): StartupError {
  return new StartupError(`The file ${path} holds no private RSA key: remove it, and a new one is made.`)
}
