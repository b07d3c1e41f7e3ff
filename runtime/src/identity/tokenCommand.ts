import { parseArgs } from 'node:util'
import { decodeJwt } from 'jose'
import { StartupError } from '../process/StartupError.ts'
import { readTokenSettings } from './config.ts'
import { defaultTokenLifeS, openDevelopmentKeys } from './developmentKeys.ts'
import { serviceScope } from './Identity.ts'
import { revokeToken } from './revokeToken.ts'

/** `npm run token`: prints a development token on its last line, or revokes one, or all of a user's up to now. */
const usage =
  'npm run token -- --user ID [--scope SCOPE ...] [--expires-in SECONDS] | --revoke TOKEN_OR_JTI | --revoke-user ID'

const maxLifeS = 10 * 365 * 24 * 60 * 60

type Request =
  | { kind: 'sign'; userId: string; scopes: string[]; expiresInS: number }
  | { kind: 'revoke'; entry: string }

try {
  const request = readArguments(process.argv.slice(2))
  const { DATA_DIR: dataDir, REDIS_URL: redisUrl } = readTokenSettings()
  switch (request.kind) {
    case 'sign':
      console.log(await (await openDevelopmentKeys(dataDir)).sign(request))
      break
    case 'revoke':
      await revokeToken(request.entry, { dataDir, redisUrl })
      console.log(`revoked ${request.entry}`)
      break
    default:
      request satisfies never
  }
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
}

function readArguments(args: string[]): Request {
  const given = parse(args)
  const revoked = given.revoke ?? given['revoke-user']
  if (revoked !== undefined) {
    if (!/^[^\r\n]+$/.test(revoked)) throw new StartupError(`Expected one token, id or user: ${usage}`)
    const entry =
      given.revoke === undefined ? `sub:${Math.floor(Date.now() / 1000)}:${revoked}` : `jti:${idOf(revoked)}`
    return { kind: 'revoke', entry }
  }
  const { user, scope = [], 'expires-in': expiresIn = String(defaultTokenLifeS) } = given
  if (!user) throw new StartupError(`Expected --user with a user's id: ${usage}`)
  const scopes = scope.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '')
  if (scopes.includes(serviceScope)) {
    throw new StartupError(`Expected other scopes than "${serviceScope}": no token carries it.`)
  }
  if (!/^\d{1,9}$/.test(expiresIn) || Number(expiresIn) > maxLifeS) {
    throw new StartupError(
      `Expected --expires-in to be seconds from 0 to ${maxLifeS}, got ${JSON.stringify(expiresIn)}.`,
    )
  }
  return { kind: 'sign', userId: user, scopes, expiresInS: Number(expiresIn) }
}

/** What names a token: what is no token is taken for a name. */
function idOf(token: string): string {
  if (token.split('.').length !== 3) return token
  let jti: string | undefined
  try {
    jti = decodeJwt(token).jti
  } catch {
    throw new StartupError('That is no token: expected one as `npm run token` prints it, or its `jti`.')
  }
  if (jti === undefined) throw new StartupError('That token has no `jti`: revoke all of its user with --revoke-user.')
  return jti
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        user: { type: 'string' },
        scope: { type: 'string', multiple: true },
        'expires-in': { type: 'string' },
        revoke: { type: 'string' },
        'revoke-user': { type: 'string' },
      },
    }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw new StartupError(`${reason}. Expected: ${usage}`)
  }
}
