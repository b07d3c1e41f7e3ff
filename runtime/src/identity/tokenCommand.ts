import { parseArgs } from 'node:util'
import { StartupError } from '../process/StartupError.ts'
import { readTokenSettings } from './config.ts'
import { defaultTokenLifeS, openDevelopmentKeys } from './developmentKeys.ts'
import { serviceScope } from './Identity.ts'

/** `npm run token -- --user ID [--scope S ...] [--expires-in SECONDS]`: prints a development token on its last line. */
const usage = 'npm run token -- --user ID [--scope SCOPE ...] [--expires-in SECONDS]'

const maxLifeS = 10 * 365 * 24 * 60 * 60

try {
  const request = readArguments(process.argv.slice(2))
  const keys = await openDevelopmentKeys(readTokenSettings().DATA_DIR)
  console.log(await keys.sign(request))
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error)
  process.exitCode = 1
}

function readArguments(args: string[]): { userId: string; scopes: string[]; expiresInS: number } {
  const { user, scope = [], 'expires-in': expiresIn = String(defaultTokenLifeS) } = parse(args)
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
  return { userId: user, scopes, expiresInS: Number(expiresIn) }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        user: { type: 'string' },
        scope: { type: 'string', multiple: true },
        'expires-in': { type: 'string' },
      },
    }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw new StartupError(`${reason}. Expected: ${usage}`)
  }
}
