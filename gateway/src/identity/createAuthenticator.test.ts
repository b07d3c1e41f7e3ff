import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { createLog, createStopStack, listen } from '@tributary/runtime'
import { exportJWK, exportSPKI, generateKeyPair, type JSONWebKeySet, type JWTHeaderParameters, SignJWT } from 'jose'
import { createAuthenticator } from './createAuthenticator.ts'
import { openTokenKeys } from './openTokenKeys.ts'

const log = createLog({ service: 'test', level: 'silent' })
const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
const other = await generateKeyPair('RS256')
const publicJwk = await exportJWK(publicKey)
const jwks: JSONWebKeySet = { keys: [{ ...publicJwk, kid: 'a', alg: 'RS256', use: 'sig' }] }
const { getKey } = await openTokenKeys({ kind: 'set', jwks }, log)
const authenticate = createAuthenticator({ getKey })
const nowS = () => Math.floor(Date.now() / 1000)

test('a good token names a user and scopes, the scope `service` never among them', async () => {
  const exp = nowS() + 60
  const token = await sign({ sub: 'ada', scope: 'users:read service  other', exp })
  const ada = { userId: 'ada', scopes: ['users:read', 'other'], expiresAtMs: exp * 1000 }
  expect(await authenticate(`Bearer ${token}`)).toEqual(ada)
  expect(await authenticate(`bearer ${token}`)).toEqual(ada)
})

test('no token is an anonymous client', async () => {
  expect(await authenticate(undefined)).toBeUndefined()
  expect(await authenticate('')).toBeUndefined()
})

test('another algorithm is refused, whatever the key: none in any spelling, HS256 by the public key', async () => {
  const payload = encode({ sub: 'ada', exp: nowS() + 60 })
  for (const alg of ['none', 'None', 'nOnE', 'NONE']) {
    await refused(`${encode({ alg, kid: 'a' })}.${payload}.`)
  }
  const head = `${encode({ alg: 'HS256', kid: 'a' })}.${payload}`
  for (const key of [await exportSPKI(publicKey), JSON.stringify(publicJwk), publicJwk.n ?? '']) {
    await refused(`${head}.${createHmac('sha256', key).update(head).digest('base64url')}`)
  }
})

test('a key that is not known is refused, and what the token says of keys is not looked at', async () => {
  const claims = { sub: 'ada', exp: nowS() + 60 }
  for (const kid of ['b', '../../dev/null', '__proto__', "' OR 1=1", 'x'.repeat(5_000)]) {
    await refused(await sign(claims, { header: { alg: 'RS256', kid }, key: other.privateKey }))
  }
  await refused(await sign(claims, { header: { alg: 'RS256', kid: 'a' }, key: other.privateKey }))
  const jwk = await exportJWK(other.publicKey)
  await refused(
    await sign(claims, {
      header: { alg: 'RS256', jwk, jku: 'http://127.0.0.1:1/' },
      key: other.privateKey,
    }),
  )
})

test('the claims: exp and sub are required, exp is sharp, nbf may be 30 s ahead', async () => {
  await refused(await sign({ sub: 'ada' }))
  await refused(await sign({ exp: nowS() + 60 }))
  await refused(await sign({ sub: '', exp: nowS() + 60 }))
  await refused(await sign({ sub: 'ada', exp: nowS() - 1 }), 'The token has expired')
  await refused(await sign({ sub: 'ada', exp: nowS() - 3_600 }), 'The token has expired')
  await refused(await sign({ sub: 'ada', exp: nowS() + 60, nbf: nowS() + 35 }))
  expect(await authenticate(`Bearer ${await sign({ sub: 'ada', exp: nowS() + 60, nbf: nowS() + 20 })}`)).toBeDefined()
})

test('issuer and audience are looked at where they are set', async () => {
  const strict = createAuthenticator({ getKey, issuer: 'https://issuer.example', audience: 'tributary' })
  const good = { sub: 'ada', exp: nowS() + 60, iss: 'https://issuer.example', aud: ['other', 'tributary'] }
  expect(await strict(`Bearer ${await sign(good)}`)).toMatchObject({ userId: 'ada' })
  for (const wrong of [{ iss: 'https://issuer.example.evil.com' }, { aud: 'Tributary' }, { iss: undefined }]) {
    await expect(strict(`Bearer ${await sign({ ...good, ...wrong })}`)).rejects.toMatchObject(unauthenticated)
  }
})

test('what is no token is refused', async () => {
  for (const header of [
    'Basic YTpi',
    'Bearer',
    'Bearer a b',
    'Bearer a',
    'Bearer a.b',
    'Bearer ..',
    'Bearer a.b.c.d',
    'x',
  ]) {
    await expect(authenticate(header)).rejects.toMatchObject(unauthenticated)
  }
  await refused(`${encode([1])}.${encode({})}.AAAA`)
  await refused('x'.repeat(100_000))
})

test('a token that was verified is good no longer than it says', async () => {
  const token = await sign({ sub: 'ada', exp: nowS() + 1 })
  const expiresAtMs = (await authenticate(`Bearer ${token}`))?.expiresAtMs ?? 0
  await new Promise((resolve) => setTimeout(resolve, expiresAtMs - Date.now() + 5))
  await refused(token, 'The token has expired')
})

describe('keys from a URL', () => {
  const stack = createStopStack()
  let asked = 0
  let url = ''
  beforeAll(async () => {
    const server = createServer((_request, response) => {
      asked++
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
    })
    url = `http://127.0.0.1:${await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })}/jwks`
    stack.add({
      async stop() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    })
  })
  afterAll(() => stack.stop())

  test('are fetched once, not for each token that names a key that is not there', async () => {
    const keys = stack.add(await openTokenKeys({ kind: 'url', url }, log))
    const remote = createAuthenticator({ getKey: keys.getKey })
    expect(await remote(`Bearer ${await sign({ sub: 'ada', exp: nowS() + 60 })}`)).toMatchObject({ userId: 'ada' })
    for (let kid = 0; kid < 20; kid++) {
      const token = await sign(
        { sub: 'ada', exp: nowS() + 60 },
        { header: { alg: 'RS256', kid: `${kid}` }, key: privateKey },
      )
      await expect(remote(`Bearer ${token}`)).rejects.toMatchObject(unauthenticated)
    }
    expect(asked).toBe(1)
  })

  test('that cannot be had are no fault of the token', async () => {
    const keys = stack.add(await openTokenKeys({ kind: 'url', url: 'http://127.0.0.1:1/' }, log))
    const remote = createAuthenticator({ getKey: keys.getKey })
    await expect(remote(`Bearer ${await sign({ sub: 'ada', exp: nowS() + 60 })}`)).rejects.toMatchObject({
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    })
  })
})

const unauthenticated = { extensions: { code: 'UNAUTHENTICATED' } }

async function refused(token: string, message = 'The token is not valid'): Promise<void> {
  await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({ message, ...unauthenticated })
}

function sign(
  claims: Record<string, unknown>,
  by: { header: JWTHeaderParameters; key: typeof privateKey } = { header: { alg: 'RS256', kid: 'a' }, key: privateKey },
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(by.header).sign(by.key)
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
