import { createHash, randomUUID } from 'node:crypto'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { openPostgresEvents } from '../src/events/postgresEvents.ts'
import { type Compute, type Job, openCompute, startWorkers } from '../src/index.ts'
import { readSubmission } from '../src/kinds/readSubmission.ts'
import { openLedger } from '../src/ledger/openLedger.ts'
import { openStores } from '../src/openStores.ts'
import { createAttemptFiles } from '../src/results/createAttemptFiles.ts'
import { openResults } from '../src/results/openResults.ts'
import { type ResultKey, type ResultStore, resultFile } from '../src/results/ResultStore.ts'
import { startExpiry } from '../src/startExpiry.ts'
import { type ResultFolder, startResultFolder } from './startResultFolder.ts'
import { type S3, startS3 } from './startS3.ts'
import { testKinds } from './testKinds.ts'

const stack = createStopStack()
let folder: ResultFolder
let s3: S3

beforeAll(async () => {
  folder = stack.add(await startResultFolder())
  s3 = stack.add(await startS3())
})
afterAll(() => stack.stop())

const places = ['folder', 'S3'] as const
const open = async (name: (typeof places)[number]) =>
  stack.add(await openResults(name === 'S3' ? s3.place : folder.place, folder))
const inAMinute = () => new Date(Date.now() + 60_000)
const newKey = (): ResultKey => ({ jobId: randomUUID(), attempt: 1, file: resultFile })

// One contract for both: where results lie may be exchanged.
describe.each(places)('a result store (%s)', (name) => {
  let results: ResultStore
  beforeAll(async () => {
    results = await open(name)
  })
  const read = async (key: ResultKey) => {
    const found = await results.open(key)
    return found && { bytes: found.bytes, content: await text(found.stream) }
  }

  test('gives back what each attempt has put, apart from the others, with its size and SHA-256', async () => {
    const late = newKey()
    const good = { ...late, attempt: 2 }
    const chart = { ...good, file: 'chart.svg' }
    const tenth = { ...late, attempt: 10 }
    const content = JSON.stringify({ word: 'größer' })
    expect(await results.put(late, '"late"')).toMatchObject({ bytes: 6 })
    expect(await results.put(good, content)).toEqual({
      bytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    })
    await results.put(good, content)
    await results.put(chart, Buffer.from('<svg/>'))
    await results.put(tenth, '10')
    expect(await read(late)).toEqual({ bytes: 6, content: '"late"' })
    expect(await read(good)).toEqual({ bytes: Buffer.byteLength(content), content })
    expect(await read(chart)).toEqual({ bytes: 6, content: '<svg/>' })
    const { jobId } = late
    await results.remove({ jobId, attempt: 1 })
    await results.remove({ jobId, attempt: 1 })
    expect([await read(late), (await read(good))?.content, (await read(tenth))?.content]).toEqual([
      undefined,
      content,
      '10',
    ])
    await results.remove({ jobId })
    expect([await read(good), await read(chart), await read(tenth)]).toEqual([undefined, undefined, undefined])
  })

  test('takes no name that is not one', async () => {
    await expect(results.put({ ...newKey(), jobId: '../../etc/passwd' }, '1')).rejects.toThrow("Expected a job's id")
    await expect(results.put({ ...newKey(), file: '../a.svg' }, '1')).rejects.toThrow('Expected a name as chart.svg')
    await expect(results.remove({ jobId: '..' })).rejects.toThrow("Expected a job's id")
  })

  test('gives a URL that downloads it as what it is, until that expires', async () => {
    const key = newKey()
    const chart = { ...key, file: 'chart.svg' }
    await results.put(key, '[1,2,3]')
    await results.put(chart, '<svg/>')
    const download = async (which: ResultKey, expiresAt = inAMinute()) =>
      fetch((await results.downloadUrl(which, expiresAt)) ?? '')
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

describe('a folder of results', () => {
  test('holds nothing unfinished, and is served by no URL but those that were signed', async () => {
    const results = await open('folder')
    const key = { ...newKey(), attempt: 3 }
    await results.put(key, '[1,2,3]')
    expect(await readdir(join(folder.place.folder, key.jobId.slice(0, 2), key.jobId, '3'))).toEqual([resultFile])
    const url = (await results.downloadUrl(key, inAMinute())) ?? ''
    const status = async (other: string) => (await fetch(other)).status
    expect(await status(url)).toBe(200)
    expect(await status(url.replace('/3/', '/4/'))).toBe(403)
    expect(await status(url.replace(resultFile, 'chart.svg'))).toBe(403)
    expect(await status(url.replace(/expires=\d/, 'expires=9'))).toBe(403)
    expect(await status(`${url}x`)).toBe(403)
    const baseUrl = folder.downloads.baseUrl()
    expect(await status(`${baseUrl}/%2e%2e/%2e%2e/etc/passwd?expires=9999999999&signature=x`)).toBe(403)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  })
})

describe('a bucket of results', () => {
  test('takes nothing by halves: an upload that is cut is no result, nor is one that the server has not kept', async () => {
    const results = await open('S3')
    const key = newKey()
    const content = JSON.stringify('x'.repeat(200_000))
    s3.setDoor('cut')
    await expect(results.put(key, content)).rejects.toThrow()
    s3.setDoor('open')
    expect(await results.open(key)).toBeUndefined()
    const before = await s3.countObjects()
    s3.spoilNext()
    await expect(results.put(key, content)).rejects.toThrow('Expected 200002 bytes to be stored')
    expect(await results.open(key)).toBeUndefined()
    expect(await s3.countObjects()).toBe(before)
    expect(await results.put(key, content)).toMatchObject({ bytes: 200_002 })
  })
})

describe.each(places)('a job with its result in a store (%s)', (name) => {
  let compute: Compute
  let databaseUrl: string

  beforeAll(async () => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    databaseUrl = database.url
    const resultPlace = name === 'S3' ? s3.place : folder.place
    const stores = { databaseUrl, log: silentLog, extraKinds: testKinds, resultPlace }
    compute = stack.add(await openCompute({ ...stores, downloads: folder.downloads }))
    const nobody = 'http://127.0.0.1:1/graphql'
    const secret = 'a secret of the tests'
    stack.add(await startWorkers({ ...stores, ordersUrl: nobody, recommendationsUrl: nobody, secret, threads: 2 }))
  })

  async function run(bytes: number) {
    const { id } = await compute.submit({ kind: 'large', input: { bytes }, owner: 'ann' })
    return compute.waitForEnd(id, 25_000)
  }

  const download = async (job: { id: string; attempt: number }) =>
    (await fetch((await compute.downloadUrl(job, { forMs: 60_000 })) ?? '')).text()

  test('keeps up to 64 KiB in the ledger, more in the store, whole for whoever reads or downloads it', async () => {
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
    expect(chart.headers.get('content-type')).toBe('image/svg+xml')
    // A bucket sends no policy along, so nothing is shown there.
    expect(Object.fromEntries(chart.headers)).toMatchObject(
      name === 'S3'
        ? { 'content-disposition': expect.stringMatching(/^attachment/) }
        : {
            'content-disposition': 'inline',
            'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            'x-content-type-options': 'nosniff',
          },
    )
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
    expect(await run(4 * 1024 * 1024)).toMatchObject({
      status: 'SUCCEEDED',
      storedResult: { bytes: 4 * 1024 * 1024 },
    })
    expect(await run(4 * 1024 * 1024 + 1)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      deadLettered: false,
      error: { code: 'RESULT_TOO_LARGE', message: 'The result is more than 4194304 bytes, at most 4194304 are kept' },
    })
  })

  if (name === 'S3') {
    test('is tried again while the store is away, and loses nothing', async () => {
      s3.setDoor('shut')
      const { id } = await compute.submit({ kind: 'large', input: { bytes: 100_000 }, owner: 'ann' })
      const errors: unknown[] = []
      for await (const { job } of compute.followJob(id)) {
        if (job.status !== 'QUEUED' || job.attempt === 0) continue
        errors.push(job.error)
        s3.setDoor('open')
      }
      expect(errors).toEqual([{ code: 'SERVICE_UNAVAILABLE', message: 'The result could not be stored' }])
      const end = await compute.waitForEnd(id, 0)
      expect(end).toMatchObject({ status: 'SUCCEEDED', attempt: 2, storedResult: { bytes: 100_000 } })
      expect(await download(end)).toHaveLength(100_000)
    })
  }

  test('goes with its events and files when it has been kept for long enough, files first; what cannot be removed holds up nothing else', async () => {
    const stuck = await run(100_000)
    const prefix = (id: string) => id.slice(0, 2)
    let free = await run(100_000)
    while (prefix(free.id) === prefix(stuck.id)) free = await run(100_000)
    const small = await run(100)
    const results = await open(name)
    const events = stack.add(await openPostgresEvents({ url: databaseUrl, log: silentLog }))
    const ledger = stack.add(await openLedger({ databaseUrl, events, log: silentLog }))
    const fileOf = async ({ id, attempt }: Job) => {
      const found = await results.open({ jobId: id, attempt, file: resultFile })
      found?.stream.destroy()
      return found?.bytes
    }
    const untilGone = async ({ id }: Job) => {
      while (await ledger.readJob(id)) await sleep(10)
    }

    const folderOfStuck = join(folder.place.folder, prefix(stuck.id))
    if (name === 'S3') s3.setDoor('shut')
    else {
      await rename(folderOfStuck, `${folderOfStuck}.away`)
      await writeFile(folderOfStuck, 'no folder')
    }
    stack.add(startExpiry({ ledger, results, retentionMs: 0, log: silentLog, everyMs: 50 }))
    // By then all that came before it has been tried.
    await untilGone(small)
    expect(await ledger.readJob(stuck.id)).toEqual(stuck)
    if (name === 'S3') s3.setDoor('open')
    else {
      await untilGone(free)
      await rm(folderOfStuck)
      await rename(`${folderOfStuck}.away`, folderOfStuck)
    }
    for (const job of [stuck, free]) {
      await untilGone(job)
      expect(await fileOf(job)).toBeUndefined()
      expect(await ledger.readEvents({ id: job.id, after: 0, limit: 10 })).toEqual([])
    }
  })
})

test.each(places)('what an attempt puts that was fenced off is over nothing and is not kept (%s)', async (name) => {
  const database = await createTestDatabase()
  stack.add({ stop: () => database.drop() })
  const resultPlace = name === 'S3' ? s3.place : folder.place
  // Nobody here works but this test.
  const stores = stack.add(
    await openStores({
      hears: ['changed'],
      databaseUrl: database.url,
      log: silentLog,
      extraKinds: testKinds,
      resultPlace,
    }),
  )
  const { ledger, ending, kinds, results } = stores
  if (!results) throw new Error('Expected a result store')
  const kind = kinds.get('large')
  const submitted = await ledger.submit(readSubmission({ kind: 'large', input: { bytes: 2 }, owner: 'ann' }, kinds))
  if (submitted.kind !== 'created') throw new Error('Expected a new job')
  const { id } = submitted.job
  const claim = async () => {
    const claimed = await ledger.claim(id, 60_000)
    if (!claimed) throw new Error('Expected the job to be claimed')
    return claimed.job
  }
  const gave = (letter: string) =>
    ({ kind: 'succeeded', resultJson: JSON.stringify(letter.repeat(100_000)), files: [] }) as const
  const contentOf = async (attempt: number) => {
    const found = await results.open({ jobId: id, attempt, file: resultFile })
    return found && text(found.stream)
  }

  const late = await claim()
  const files = createAttemptFiles({ attempt: { id, attempt: 1 }, ledger, results })
  expect(await files.put(resultFile, gave('a').resultJson)).toBeDefined()
  await ledger.release({ id, attempt: 1 })
  const good = await claim()
  expect((await ending.end(late, kind, gave('a'))).job).toBeUndefined()
  expect((await ending.end(good, kind, gave('b'))).job).toMatchObject({ status: 'SUCCEEDED', attempt: 2 })
  expect(await files.put(resultFile, gave('c').resultJson)).toBeDefined()
  expect((await ending.end(late, kind, gave('d'))).job).toBeUndefined()
  await files.discard()
  expect([await contentOf(1), await contentOf(2)]).toEqual([undefined, gave('b').resultJson])
})
