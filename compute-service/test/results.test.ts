import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack, listen } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { type Compute, openCompute, startWorkers } from '../src/index.ts'
import { folderResults } from '../src/results/folderResults.ts'
import { type ResultStore, resultFile } from '../src/results/ResultStore.ts'
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
    const keyOf = (attempt: number) => ({ jobId, attempt, file: resultFile })
    const [late, good] = [keyOf(1), keyOf(2)]
    const content = JSON.stringify({ word: 'größer' })
    expect(await results.put(late, '"late"')).toMatchObject({ bytes: 6 })
    expect(await results.put(good, content)).toEqual({
      bytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    })
    await results.put(good, content)
    const chart = { ...good, file: 'chart.svg' }
    await results.put(chart, Buffer.from('<svg/>'))
    const read = async (key: Key) => {
      const found = await results.open(key)
      return found && { bytes: found.bytes, content: await text(found.stream) }
    }
    expect(await read(late)).toEqual({ bytes: 6, content: '"late"' })
    expect(await read(good)).toEqual({ bytes: Buffer.byteLength(content), content })
    expect(await read(chart)).toEqual({ bytes: 6, content: '<svg/>' })
    await results.remove({ jobId, attempt: 1 })
    await results.remove({ jobId, attempt: 1 })
    expect([await read(late), (await read(good))?.content]).toEqual([undefined, content])
    await results.remove({ jobId })
    expect([await read(good), await read(chart)]).toEqual([undefined, undefined])
  })

  test('takes no name that is not one', async () => {
    const key = { jobId: randomUUID(), attempt: 1, file: resultFile }
    await expect(results.put({ ...key, jobId: '../../etc/passwd' }, '1')).rejects.toThrow("Expected a job's id")
    await expect(results.put({ ...key, file: '../chart.svg' }, '1')).rejects.toThrow('Expected a name as chart.svg')
    await expect(results.remove({ jobId: '..' })).rejects.toThrow("Expected a job's id")
  })

  test('gives a URL that downloads it as what it is, until that expires', async () => {
    const key = { jobId: randomUUID(), attempt: 3, file: resultFile }
    const chart = { ...key, file: 'chart.svg' }
    await results.put(key, '[1,2,3]')
    await results.put(chart, '<svg/>')
    const download = async (which: Key, expiresAt = inAMinute()) => fetch(await urlOf(which, expiresAt))
    const answer = await download(key)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${key.jobId}-result.json"`)
    expect(await answer.json()).toEqual([1, 2, 3])
    const picture = await download(chart)
    expect([picture.headers.get('content-type'), await picture.text()]).toEqual(['image/svg+xml', '<svg/>'])
    expect((await download(key, new Date(Date.now() - 2_000))).status).toBe(403)
    await results.remove(key)
    expect((await download(key)).status).toBe(404)
  })
})

type Key = Parameters<ResultStore['put']>[0]

const urlOf = async (key: Key, expiresAt = inAMinute()) => (await results.downloadUrl(key, expiresAt)) ?? ''

describe('a folder of results', () => {
  test('holds nothing unfinished', async () => {
    const key = { jobId: randomUUID(), attempt: 2, file: resultFile }
    await results.put(key, '1')
    expect(await readdir(join(folder, key.jobId.slice(0, 2), key.jobId, '2'))).toEqual([resultFile])
  })

  test('is served by no URL but those that were signed', async () => {
    const key = { jobId: randomUUID(), attempt: 3, file: resultFile }
    await results.put(key, '[1,2,3]')
    const url = await urlOf(key)
    const status = async (other: string) => (await fetch(other)).status
    expect(await status(url)).toBe(200)
    expect(await status(url.replace('/3/', '/4/'))).toBe(403)
    expect(await status(url.replace(resultFile, 'chart.svg'))).toBe(403)
    expect(await status(url.replace(/expires=\d/, 'expires=9'))).toBe(403)
    expect(await status(`${url}x`)).toBe(403)
    expect(await status(`${baseUrl}/%2e%2e/%2e%2e/etc/passwd?expires=9999999999&signature=x`)).toBe(403)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
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

  const download = async (job: { id: string; attempt: number }) =>
    (await fetch((await compute.downloadUrl(job, { forMs: 60_000 })) ?? '')).text()

  test('keeps a result of up to 64 KiB in the ledger, a larger one in the store, whole for whoever reads or downloads it', async () => {
    const small = await run(64 * 1024)
    expect(small).toMatchObject({ status: 'SUCCEEDED', storedResult: null })
    const large = await run(64 * 1024 + 1)
    expect(large).toMatchObject({ status: 'SUCCEEDED', storedResult: { bytes: 64 * 1024 + 1 } })
    const values = new Map((await compute.readResults([small, large])).map(({ id, value }) => [id, String(value)]))
    expect(values.get(small.id)).toHaveLength(64 * 1024 - 2)
    expect(values.get(large.id)).toHaveLength(64 * 1024 - 1)
    expect(
      createHash('sha256')
        .update(await download(large))
        .digest('hex'),
    ).toBe(large.storedResult?.sha256)
  })

  test('has the files that its task handed over, for download; pictures for looking at, in which nothing runs', async () => {
    const draw = async (files: string[]) =>
      compute.waitForEnd((await compute.submit({ kind: 'draw', input: { files }, owner: 'ann' })).id, 25_000)
    const job = await draw(['chart.svg', 'rows.csv'])
    expect(job.files).toMatchObject([{ name: 'chart.svg' }, { name: 'rows.csv', bytes: 69 }])
    expect(job.storedResult).toBeNull()
    const [chart, rows] = await Promise.all(
      ['chart.svg', 'rows.csv'].map(async (file) =>
        fetch((await compute.downloadUrl(job, { file, forMs: 60_000 })) ?? ''),
      ),
    )
    expect(Object.fromEntries(chart.headers)).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-disposition': 'inline',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    expect(
      createHash('sha256')
        .update(await chart.text())
        .digest('hex'),
    ).toBe(job.files?.[0]?.sha256)
    expect(rows.headers.get('content-disposition')).toMatch(/^attachment/)
    for (const files of [['../page.html'], ['result.json'], [...'abcdefghi'].map((letter) => `${letter}.svg`)]) {
      expect(await draw(files)).toMatchObject({ status: 'FAILED', files: null })
    }
  })

  test('gives more than can be read as a whole for download only, and fails above the bound of its kind', async () => {
    const huge = await run(3 * 1024 * 1024)
    expect(huge).toMatchObject({ status: 'SUCCEEDED', storedResult: { bytes: 3 * 1024 * 1024 } })
    expect(await compute.readResults([huge])).toEqual([{ id: huge.id, value: undefined }])
    expect(await download(huge)).toHaveLength(3 * 1024 * 1024)
    expect(await run(4 * 1024 * 1024 + 1)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      error: { code: 'RESULT_TOO_LARGE' },
    })
  })
})
