import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack, listen } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { type Compute, openCompute, startWorkers } from '../src/index.ts'
import { folderResults } from '../src/results/folderResults.ts'
import type { ResultStore } from '../src/results/ResultStore.ts'
import { serveResult } from '../src/results/serveResult.ts'
import { testKinds } from './testKinds.ts'

const secret = 'a secret of the tests'
const stack = createStopStack()
let folder: string
let baseUrl: string
let results: ResultStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-results-'))
  stack.add({ stop: () => rm(folder, { recursive: true, force: true }) })
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice('/results'.length)
    void serveResult({ path, request, response, results, secret })
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  stack.add({ stop: () => new Promise((resolve) => server.close(() => resolve())) })
  baseUrl = `http://127.0.0.1:${port}/results`
  results = folderResults({ folder, downloads: { baseUrl: () => baseUrl, secret } })
})
afterAll(() => stack.stop())

const inAMinute = () => new Date(Date.now() + 60_000)

describe('a result store', () => {
  test('gives back what each attempt has put, apart from the others, with its size and SHA-256', async () => {
    const jobId = randomUUID()
    const text = JSON.stringify({ word: 'größer' })
    expect(await results.put({ jobId, attempt: 1 }, '"late"')).toMatchObject({ bytes: 6 })
    expect(await results.put({ jobId, attempt: 2 }, text)).toEqual({
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    })
    await results.put({ jobId, attempt: 2 }, text)
    const [first, second] = [await results.open({ jobId, attempt: 1 }), await results.open({ jobId, attempt: 2 })]
    if (!first || !second) throw new Error('Expected both')
    expect([await json(first.stream), await json(second.stream)]).toEqual(['late', { word: 'größer' }])
    await results.remove({ jobId, attempt: 1 })
    await results.remove({ jobId, attempt: 1 })
    expect(await results.open({ jobId, attempt: 1 })).toBeUndefined()
    // Nothing unfinished is left.
    expect(await readdir(join(folder, jobId.slice(0, 2)))).toEqual([`${jobId}-2.json`])
    await expect(results.put({ jobId: '../../etc/passwd', attempt: 1 }, '1')).rejects.toThrow("Expected a job's id")
  })

  test('serves it by a signed URL until that expires, and by no other', async () => {
    const key = { jobId: randomUUID(), attempt: 3 }
    await results.put(key, '[1,2,3]')
    const url = results.downloadUrl(key, inAMinute()) ?? ''
    const answer = await fetch(url)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual([1, 2, 3])
    const status = async (other: string) => (await fetch(other)).status
    expect(await status(url.replace('/3?', '/4?'))).toBe(403)
    expect(await status(url.replace(/expires=\d/, 'expires=9'))).toBe(403)
    expect(await status(`${url}x`)).toBe(403)
    expect(await status(results.downloadUrl(key, new Date(Date.now() - 2_000)) ?? '')).toBe(403)
    expect(await status(`${baseUrl}/%2e%2e/%2e%2e/etc/passwd?expires=9999999999&signature=x`)).toBe(403)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    await results.remove(key)
    expect(await status(url)).toBe(404)
  })
})

describe('a job', () => {
  let compute: Compute

  beforeAll(async () => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    const stores = { databaseUrl: database.url, log: silentLog, extraKinds: testKinds, resultsFolder: folder }
    compute = stack.add(await openCompute({ ...stores, downloads: { baseUrl: () => baseUrl, secret } }))
    const nobody = 'http://127.0.0.1:1/graphql'
    stack.add(await startWorkers({ ...stores, ordersUrl: nobody, recommendationsUrl: nobody, secret, threads: 2 }))
  })

  async function run(bytes: number) {
    const { id } = await compute.submit({ kind: 'large', input: { bytes }, owner: 'ann' })
    return compute.waitForEnd(id, 25_000)
  }

  test('keeps a result of up to 64 KiB in the ledger, a larger one in the store, whole for whoever reads or downloads it', async () => {
    const small = await run(64 * 1024)
    expect(small).toMatchObject({ status: 'SUCCEEDED', storedResult: null })
    const large = await run(64 * 1024 + 1)
    expect(large).toMatchObject({ status: 'SUCCEEDED', storedResult: { bytes: 64 * 1024 + 1 } })
    const values = new Map((await compute.readResults([small, large])).map(({ id, value }) => [id, String(value)]))
    expect(values.get(small.id)).toHaveLength(64 * 1024 - 2)
    expect(values.get(large.id)).toHaveLength(64 * 1024 - 1)
    const downloaded = await (await fetch(compute.downloadResult(large, 60_000) ?? '')).text()
    expect(createHash('sha256').update(downloaded).digest('hex')).toBe(large.storedResult?.sha256)
  })

  test('gives more than can be read as a whole for download only, and fails above the bound of its kind', async () => {
    const huge = await run(3 * 1024 * 1024)
    expect(huge).toMatchObject({ status: 'SUCCEEDED', storedResult: { bytes: 3 * 1024 * 1024 } })
    expect(await compute.readResults([huge])).toEqual([{ id: huge.id, value: undefined }])
    const downloaded = await (await fetch(compute.downloadResult(huge, 60_000) ?? '')).text()
    expect(downloaded).toHaveLength(3 * 1024 * 1024)
    expect(await run(4 * 1024 * 1024 + 1)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      error: { code: 'RESULT_TOO_LARGE' },
    })
  })
})
