import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { StartupError } from '@tributary/runtime'
import { readFunctions } from './readFunctions.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-functions-'))
})
afterAll(() => rm(folder, { recursive: true }))

const secret = 'a secret of sixteen'
const one = { name: 'fit', description: 'Fits.', url: 'https://functions.example/fit' }

async function read(content: unknown, shared: string | undefined = secret) {
  const file = join(folder, 'functions.json')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readFunctions({ file, secret: shared })
}

describe('readFunctions', () => {
  test('makes a kind of each function, defaults filled in', async () => {
    const limits = { maxAttempts: 1, concurrency: 2, rateLimit: { max: 5, perMs: 1_000 }, maxResultBytes: 7 }
    const [kind, own] = await read([one, { ...one, name: 'own', secret: 'a secret of its own', ...limits }])
    expect(kind).toMatchObject({ name: 'fit', maxAttempts: 3, timeoutMs: 300_000, inputSchema: true })
    expect(kind?.endpoint).toMatchObject({ secret, answerWithinMs: 30_000, reportWithinMs: 60_000 })
    expect(kind?.input.safeParse({ any: ['thing'] }).success).toBe(true)
    expect(own).toMatchObject({ ...limits, endpoint: { secret: 'a secret of its own' } })
    expect(await readFunctions({ file: undefined, secret })).toEqual([])
  })

  test.each([
    ['no JSON', '[', /is no JSON/],
    ['a URL with credentials', [{ ...one, url: 'https://me:you@functions.example' }], /0\.url: .*without user/],
    ['a URL of another kind', [{ ...one, url: 'file:///etc/passwd' }], /0\.url: Expected a http/],
    ['a name that no path can have', [{ ...one, name: '../fit' }], /0\.name/],
    ['a misspelt field', [{ ...one, timeout: 1 }], /timeout/],
    ['a schema that cannot be checked', [{ ...one, input: { not: { type: 'string' } } }], /the function fit .*not/],
  ])('refuses %s, saying what is wrong', async (_what, content, message) => {
    const reading = read(content)
    await expect(reading).rejects.toBeInstanceOf(StartupError)
    await expect(reading).rejects.toThrow(message)
  })

  test('refuses a function without a secret, and a file that is not there', async () => {
    const file = join(folder, 'functions.json')
    await writeFile(file, JSON.stringify([one]))
    await expect(readFunctions({ file, secret: undefined })).rejects.toThrow(/Set FUNCTION_SECRET/)
    await expect(readFunctions({ file: join(folder, 'nothing'), secret })).rejects.toThrow(/cannot be read/)
  })
})
