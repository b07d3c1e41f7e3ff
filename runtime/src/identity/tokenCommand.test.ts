import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { bundleOf } from '../testing/index.ts'
import { openDevelopmentKeys } from './developmentKeys.ts'
import { revocationsPath } from './revokeToken.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-token-'))
})
afterAll(() => rm(dataDir, { recursive: true }))

test('the last line is a token that the keys of the data folder verify', async () => {
  const { stdout } = await run(['--user', 'ada', '--scope', 'users:read', '--scope', 'other', '--expires-in', '60'])
  const token = stdout.trim().split('\n').at(-1) ?? ''
  const { jwks } = await openDevelopmentKeys(dataDir)
  const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), { algorithms: ['RS256'] })
  expect(payload).toEqual({
    sub: 'ada',
    scope: 'users:read other',
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: expect.any(Number),
    exp: (payload.iat ?? 0) + 60,
  })
  expect(JSON.parse(await readFile(join(dataDir, 'jwks.json'), 'utf8'))).toEqual(jwks)
  expect(JSON.stringify(jwks)).not.toContain('"d"')
})

test('a token is revoked by itself, by its id, or with all others of its user', async () => {
  const { sign } = await openDevelopmentKeys(dataDir)
  const token = await sign({ userId: 'ada' })
  const { jti, iat = 0 } = decodeJwt(token)
  await run(['--revoke', token])
  await run(['--revoke', 'some-id'])
  await run(['--revoke-user', 'ada'])
  const [first, second, third = ''] = (await readFile(revocationsPath(dataDir), 'utf8')).split('\n')
  expect([first, second]).toEqual([`jti:${jti}`, 'jti:some-id'])
  expect(Number(/^sub:(\d+):ada$/.exec(third)?.[1])).toBeGreaterThanOrEqual(iat)
  await expect(run(['--revoke', 'a.b.c'])).rejects.toMatchObject({ stderr: expect.stringMatching(/^That is no token/) })
})

test('the private key is for its owner alone', async () => {
  await openDevelopmentKeys(dataDir)
  expect((await stat(join(dataDir, 'keys', 'development.json'))).mode & 0o777).toBe(0o600)
})

test('what opens the keys at once gets the same ones', async () => {
  const fresh = join(dataDir, 'fresh')
  const [first, second] = await Promise.all([openDevelopmentKeys(fresh), openDevelopmentKeys(fresh)])
  expect(first.jwks).toEqual(second.jwks)
})

test.each<[string, string[], RegExp]>([
  ['no user', [], /^Expected --user with a user's id: npm run token/],
  ['an unknown option', ['--usr', 'ada'], /^Unknown option '--usr'\. Expected: npm run token/],
  ['the scope of services', ['--user', 'ada', '--scope', 'service'], /^Expected other scopes than "service"/],
  ['a life that is none', ['--user', 'ada', '--expires-in', 'soon'], /^Expected --expires-in to be seconds/],
])('%s is a sentence, and exit code 1', async (_what, args, message) => {
  await expect(run(args)).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) })
})

test('a key file that holds none is a sentence', async () => {
  const broken = await mkdtemp(join(dataDir, 'broken-'))
  await openDevelopmentKeys(broken)
  await writeFile(join(broken, 'keys', 'development.json'), '{}')
  await expect(openDevelopmentKeys(broken)).rejects.toThrow('holds no private RSA key: remove it')
})

test('a data folder that cannot be written is a sentence', async () => {
  await expect(openDevelopmentKeys('/proc/tributary')).rejects.toMatchObject({
    name: 'StartupError',
    message: expect.stringContaining('set DATA_DIR'),
  })
})

function run(args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [bundleOf('runtime/src/identity/tokenCommand.ts'), ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
  })
}
