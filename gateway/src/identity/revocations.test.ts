import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, type Running, type StopStack } from '@tributary/runtime'
import { type Identity, revocationStream } from '@tributary/runtime/identity'
import { hasRedis, silentLog, startRedis } from '@tributary/runtime/testing'
import { Redis } from 'ioredis'
import { openRevocations } from './openRevocations.ts'
import type { Revocations } from './Revocations.ts'

const nowS = Math.floor(Date.now() / 1000)

/** Something that says which tokens are revoked. */
type Source = { revoke(...entries: string[]): Promise<void>; open(): Promise<Revocations & Running> }

let running: StopStack
beforeEach(() => {
  running = createStopStack()
})
afterEach(() => running.stop())

const sources: [string, () => Promise<Source>][] = [
  ['a file', fileSource],
  ...(hasRedis ? [['Redis', redisSource] as [string, () => Promise<Source>]] : []),
]

describe.each(sources)('revocations by %s', (_, openSource) => {
  test('what was revoked before is known at once, what is revoked later is told', async () => {
    const source = await openSource()
    await source.revoke('jti:one')
    const revocations = running.add(await source.open())
    expect(revocations.isRevoked(token({ tokenId: 'one' }))).toBe(true)
    expect(revocations.isRevoked(token({ tokenId: 'two' }))).toBe(false)
    await told(revocations, () => source.revoke('jti:two', 'jti:three'))
    for (const tokenId of ['one', 'two', 'three']) expect(revocations.isRevoked(token({ tokenId }))).toBe(true)
    expect(revocations.isRevoked(token({}))).toBe(false)
  })

  test("all of a user's tokens up to a time, and those that do not say when they were issued", async () => {
    const source = await openSource()
    const revocations = running.add(await source.open())
    await told(revocations, () => source.revoke(`sub:${nowS}:a:da`))
    for (const [identity, isRevoked] of [
      [token({ userId: 'a:da', issuedAtS: nowS }), true],
      [token({ userId: 'a:da', issuedAtS: nowS + 1 }), false],
      [token({ userId: 'a:da' }), true],
      [token({ userId: 'bob', issuedAtS: nowS - 60 }), false],
    ] as const) {
      expect(revocations.isRevoked(identity)).toBe(isRevoked)
    }
    // An older entry takes nothing back.
    await told(revocations, () => source.revoke(`sub:${nowS - 100}:a:da`, 'jti:last'))
    expect(revocations.isRevoked(token({ userId: 'a:da', issuedAtS: nowS }))).toBe(true)
  })

  test('what is no entry harms nobody', async () => {
    const source = await openSource()
    await source.revoke('nonsense', 'jti:', 'sub:ada', 'sub:x:ada', 'jti:__proto__', 'jti:one')
    const revocations = running.add(await source.open())
    for (const tokenId of ['__proto__', 'one']) expect(revocations.isRevoked(token({ tokenId }))).toBe(true)
    for (const tokenId of ['', 'constructor', 'nonsense']) expect(revocations.isRevoked(token({ tokenId }))).toBe(false)
  })
})

test('a file that comes later is read, comments are not', async () => {
  const path = join(await folder(), 'revoked')
  const revocations = running.add(await openRevocations({ file: path, redisUrl: undefined, log: silentLog }))
  await told(revocations, () => writeFile(path, '# a comment\n\n  jti:one  \r\njti:two'))
  for (const tokenId of ['one', 'two']) expect(revocations.isRevoked(token({ tokenId }))).toBe(true)
})

const withRedis = hasRedis ? test : test.skip

withRedis(
  'nothing is missed while the connection to Redis is broken; a Redis that is not there is a sentence',
  async () => {
    const redis = await startRedis()
    running.add(redis)
    const revocations = running.add(await openRevocations({ file: undefined, redisUrl: redis.url, log: silentLog }))
    const writer = new Redis(redis.url)
    running.add({ stop: async () => writer.disconnect() })
    await told(revocations, async () => {
      await writer
        .multi()
        .call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        .xadd(revocationStream, '*', 'revoke', 'jti:one')
        .exec()
    })
    expect(revocations.isRevoked(token({ tokenId: 'one' }))).toBe(true)
    await expect(openRevocations({ file: undefined, redisUrl: 'redis://127.0.0.1:1', log: silentLog })).rejects.toThrow(
      'The Redis server at 127.0.0.1:1 does not answer',
    )
  },
)

function token(of: Partial<Identity>): Identity {
  return { userId: 'ada', scopes: [], expiresAtMs: Date.now() + 60_000, ...of }
}

/** Resolves when what is done has been told. */
async function told(revocations: Revocations, act: () => Promise<unknown>): Promise<void> {
  const changed = new Promise<void>((resolve) => {
    const forget = revocations.onChange(() => {
      forget()
      resolve()
    })
  })
  await act()
  await changed
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-revoked-'))
  running.add({ stop: () => rm(path, { recursive: true }) })
  return path
}

async function fileSource(): Promise<Source> {
  const path = join(await folder(), 'revoked')
  return {
    revoke: (...entries) => appendFile(path, entries.map((entry) => `${entry}\n`).join('')),
    open: () => openRevocations({ file: path, redisUrl: undefined, log: silentLog }),
  }
}

async function redisSource(): Promise<Source> {
  const { url } = running.add(await startRedis())
  const writer = new Redis(url)
  running.add({ stop: async () => writer.disconnect() })
  return {
    async revoke(...entries) {
      const [first = '', ...rest] = entries.flatMap((entry) => ['revoke', entry])
      await writer.xadd(revocationStream, '*', first, ...rest)
    },
    open: () => openRevocations({ file: undefined, redisUrl: url, log: silentLog }),
  }
}
