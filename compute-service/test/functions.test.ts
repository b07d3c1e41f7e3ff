import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack, listen } from '@tributary/runtime'
import { inputJsonSchema } from '../src/index.ts'
import { isSigned, signMessage } from '../src/signing/signMessage.ts'
import { examplesHere, startExample } from './startExample.ts'
import { type Fixture, startFixture } from './startFixture.ts'
import { answer, startFunction, type TestFunction } from './startFunction.ts'

const input = {
  type: 'object',
  properties: { text: { type: 'string', minLength: 1 }, times: { type: 'integer', default: 2 } },
  required: ['text'],
  additionalProperties: false,
}
const output = { type: 'object', properties: { words: { type: 'integer' } }, required: ['words'] }

const stack = createStopStack()
let remote: TestFunction
let fixture: Fixture

beforeAll(async () => {
  remote = stack.add(await startFunction())
  const { url, secret } = remote
  const basics = { url, secret, input, output, description: 'For tests.', retryDelayMs: 20 }
  const [sample] = JSON.parse(await readFile(new URL('../examples/functions.json', import.meta.url), 'utf8'))
  const examples = await Promise.all(
    examplesHere.map(async ({ name, ...example }) => {
      const started = stack.add(await startExample({ ...example, secret }))
      return { ...sample, name, url: started.url, secret }
    }),
  )
  fixture = await startFixture('PostgreSQL', {
    functions: [
      ...examples,
      { ...basics, name: 'words', answerWithinMs: 5_000, reportWithinMs: 60_000, maxResultBytes: 5_000 },
      { ...basics, name: 'hasty', answerWithinMs: 1_000, reportWithinMs: 1_500 },
    ],
  })
})
afterAll(async () => {
  await fixture.stop()
  await stack.stop()
})

/** What fits the schema, as so many bytes of JSON. */
const outputOf = (bytes: number) => ({
  words: 1,
  all: 'x'.repeat(bytes - JSON.stringify({ words: 1, all: '' }).length),
})
const submit = (kind = 'words') => fixture.submit(kind, { text: 'so it goes' })
const end = (id: string) => fixture.compute.waitForEnd(id, 20_000)

describe('a function that answers at once', () => {
  test('is asked with a signed request, and its answer is the result', async () => {
    const job = await submit()
    const request = await remote.next()
    expect(request.run).toMatchObject({
      jobId: job.id,
      kind: 'words',
      attempt: 1,
      maxAttempts: 3,
      input: { text: 'so it goes', times: 2 },
      timeoutMs: 300_000,
      reportWithinMs: 60_000,
    })
    const { headers, body } = request
    const signed = { headers, body, id: `${job.id}.1`, secret: remote.secret }
    expect(isSigned(signed)).toBe(true)
    expect(isSigned({ ...signed, body: `${body} ` })).toBe(false)
    expect(isSigned({ ...signed, nowMs: Date.now() + 6 * 60_000 })).toBe(false)
    expect(headers).toMatchObject({ 'idempotency-key': job.id, 'tributary-attempt': '1' })
    answer(request, 200, { words: 3 })
    expect(await end(job.id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
    expect(await fixture.resultOf(job)).toEqual({ words: 3 })
  })

  test('is described by the schema it was registered with, which names the field that does not fit', async () => {
    const kind = fixture.compute.kinds.get('words')
    expect(kind && inputJsonSchema(kind)).toEqual(input)
    await expect(fixture.submit('words', { text: '' })).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', problems: [{ field: 'text' }] },
    })
  })

  test('is asked again within the attempt after a 5xx and a broken connection, as the same request', async () => {
    const job = await submit()
    const first = await remote.next()
    answer(first, 503)
    const second = await remote.next()
    second.response.destroy()
    const third = await remote.next()
    answer(third, 200, { words: 1 })
    expect(await end(job.id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
    for (const { headers, body } of [second, third]) {
      expect(body).toBe(first.body)
      for (const name of ['idempotency-key', 'webhook-id', 'tributary-attempt']) {
        expect(headers[name]).toBe(first.headers[name])
      }
    }
  })

  test('may be at work when it has not answered in time: it is asked again by the next attempt only', async () => {
    const job = await submit('hasty')
    const first = await remote.next()
    const second = await remote.next()
    expect(second.run).toMatchObject({ jobId: job.id, attempt: 2 })
    expect(second.headers).toMatchObject({ 'idempotency-key': first.headers['idempotency-key'] })
    answer(second, 200, { words: 1 })
    expect(await end(job.id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 })
  })

  test('refuses an input for good, in words of its own', async () => {
    const job = await submit()
    answer(await remote.next(), 422, { message: 'These are no words' })
    expect(await end(job.id)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      error: { code: 'JOB_FAILED', message: 'These are no words' },
    })
  })

  test('cannot give what does not fit, nor more than is taken, nor send us elsewhere', async () => {
    const elsewhere = createServer(() => {})
    let connections = 0
    elsewhere.on('connection', () => connections++)
    const port = await listen(elsewhere, { port: 0, host: '127.0.0.1', setting: 'PORT' })
    const unfit = await submit()
    answer(await remote.next(), 200, { words: 'many' })
    expect((await end(unfit.id)).error?.message).toBe('The result does not fit the schema of its kind')
    const largest = await submit()
    answer(await remote.next(), 200, outputOf(5_000))
    expect((await end(largest.id)).status).toBe('SUCCEEDED')
    const large = await submit()
    answer(await remote.next(), 200, outputOf(5_001))
    expect((await end(large.id)).error?.code).toBe('RESULT_TOO_LARGE')
    const moved = await submit()
    for (let attempt = 1; attempt <= 3; attempt++) {
      answer(await remote.next(), 307, {}, { location: `http://127.0.0.1:${port}/` })
    }
    expect(await end(moved.id)).toMatchObject({ status: 'FAILED', deadLettered: true, attempt: 3 })
    expect(connections).toBe(0)
    elsewhere.close()
  })

  test('is told when the job is cancelled', async () => {
    const job = await submit()
    const request = await remote.next()
    const left = once(request.response, 'close')
    await fixture.compute.cancel(job.id)
    await left
    expect(await end(job.id)).toMatchObject({ status: 'CANCELLED' })
    const told = await remote.next('DELETE')
    const { headers, body } = told
    expect(isSigned({ headers, body, id: `${job.id}.1`, secret: remote.secret })).toBe(true)
    answer(told, 200)
  })
})

describe('a function that answers 202', () => {
  const accepted = async (kind?: string) => {
    const job = await submit(kind)
    const request = await remote.next()
    answer(request, 202)
    return { job, run: request.run }
  }

  test('reports its progress and its end by signed callbacks, and again without harm', async () => {
    const { job, run } = await accepted()
    expect(await remote.report(run, { status: 'running', progress: 0.5, message: 'Halfway' })).toEqual({
      status: 200,
      body: { status: 'RUNNING' },
    })
    expect((await fixture.compute.readJob(job.id))?.progress).toEqual({ fraction: 0.5, message: 'Halfway' })
    const last = { status: 'succeeded', output: { words: 3 } }
    expect(await remote.report(run, last)).toEqual({ status: 200, body: { status: 'SUCCEEDED' } })
    const ended = await end(job.id)
    expect(await remote.report(run, last)).toEqual({ status: 200, body: { status: 'SUCCEEDED' } })
    for (const late of [{ status: 'failed' }, { status: 'running' }]) {
      expect(await remote.report(run, late)).toMatchObject({ status: 409, body: { status: 'SUCCEEDED' } })
    }
    expect(await fixture.compute.readJob(job.id)).toEqual(ended)
    expect(await fixture.resultOf(job)).toEqual({ words: 3 })
  })

  test('is believed only what it has signed, for this job and attempt, in one of the shapes', async () => {
    const { job, run } = await accepted()
    const last = { status: 'succeeded', output: { words: 3 } }
    const other = await accepted()
    const refused = [
      await remote.report(run, last, (sent) => Object.assign(sent, { body: '{"status":"failed"}' })),
      await remote.report(run, last, (sent) => Object.assign(sent, { headers: {} })),
      await remote.report(run, last, ({ headers }) => Object.assign(headers, { 'webhook-timestamp': '1' })),
      await remote.report({ ...run, callbackUrl: other.run.callbackUrl }, last),
      await remote.report({ ...run, attempt: 2 }, last),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
    expect((await remote.report(run, { status: 'done' })).status).toBe(400)
    expect((await remote.report(run, { ...last, output: 'x'.repeat(10_000) })).status).toBe(413)
    expect((await fetch(run.callbackUrl)).status).toBe(405)
    expect((await fetch(`${run.callbackUrl}x`, { method: 'POST' })).status).toBe(404)
    expect(await fixture.compute.readJob(job.id)).toMatchObject({ status: 'RUNNING', attempt: 1 })
    expect((await remote.report(run, { status: 'succeeded', output: {} })).status).toBe(422)
    expect(await end(job.id)).toMatchObject({ status: 'FAILED', attempt: 1 })
    await fixture.compute.cancel(other.job.id)
    answer(await remote.next('DELETE'), 200)
  })

  test('cannot report more than is taken', async () => {
    const largest = await accepted()
    const report = (output: object) => ({ status: 'succeeded', output })
    expect(await remote.report(largest.run, report(outputOf(5_000)))).toMatchObject({ status: 200 })
    const large = await accepted()
    expect(await remote.report(large.run, report(outputOf(5_001)))).toEqual({
      status: 422,
      body: { status: 'FAILED', error: 'The result is 5001 bytes, at most 5000 are kept' },
    })
    expect(await end(large.job.id)).toMatchObject({ status: 'FAILED', error: { code: 'RESULT_TOO_LARGE' }, attempt: 1 })
  })

  test('keeps no thread while it works', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => accepted()))
    expect(await fixture.run('echo', 'there is a thread')).toMatchObject({ status: 'SUCCEEDED' })
    for (const { run } of all) await remote.report(run, { status: 'succeeded', output: { words: 1 } })
    for (const { job } of all) expect((await end(job.id)).status).toBe('SUCCEEDED')
  })

  test('that reports a failure is tried again, unless it says that this cannot help', async () => {
    const { job, run } = await accepted()
    const failure = { status: 'failed', message: 'No dictionary at hand' }
    expect(await remote.report(run, failure)).toEqual({ status: 200, body: { status: 'QUEUED' } })
    const second = await remote.next()
    answer(second, 202)
    expect(second.run.attempt).toBe(2)
    expect((await remote.report(second.run, { ...failure, isRetryable: false })).body).toEqual({ status: 'FAILED' })
    expect(await end(job.id)).toMatchObject({ attempt: 2, error: { message: 'No dictionary at hand' } })
  })

  test('that falls silent loses its attempt, and what it says of that later changes nothing', async () => {
    const { job, run } = await accepted('hasty')
    const second = await remote.next()
    expect(second.run).toMatchObject({ jobId: job.id, attempt: 2 })
    answer(second, 202)
    const told = await remote.next('DELETE')
    expect(told.headers['tributary-attempt']).toBe('1')
    answer(told, 200)
    const late = await remote.report(run, { status: 'succeeded', output: { words: 1 } })
    expect(late).toMatchObject({ status: 409, body: { status: 'RUNNING' } })
    await remote.report(second.run, { status: 'succeeded', output: { words: 2 } })
    const updates = await fixture.follow(job.id)
    const lost = updates.find((update) => update.job.status === 'QUEUED' && update.job.attempt === 1)
    expect(lost?.job.error).toEqual({ code: 'JOB_TIMEOUT', message: 'The function did not report in time' })
    expect(await fixture.resultOf(await end(job.id))).toEqual({ words: 2 })
  })

  test('that is cancelled ends at once, is told, and is told again when it reports', async () => {
    const { job, run } = await accepted()
    await remote.report(run, { status: 'running' })
    expect(await fixture.compute.cancel(job.id)).toMatchObject({ status: 'CANCELLED' })
    answer(await remote.next('DELETE'), 500)
    expect(await remote.report(run, { status: 'running' })).toMatchObject({
      status: 409,
      body: { status: 'CANCELLED' },
    })
  })

  test('may report before its answer has arrived', async () => {
    const job = await submit()
    const request = await remote.next()
    expect((await remote.report(request.run, { status: 'succeeded', output: { words: 9 } })).status).toBe(200)
    answer(request, 202)
    expect(await end(job.id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
  })

  test('goes on while the workers stop and others take their place', async () => {
    const { job, run } = await accepted()
    expect((await remote.report(run, { status: 'running', progress: 0.1 })).status).toBe(200)
    await fixture.workers.stop()
    // No worker renews it: it lasts for as long as the function may be silent.
    const sql = 'select lease_until > clock_timestamp() + $2::interval as lasts from jobs where id = $1'
    expect(await fixture.query(sql, [job.id, '20 s'])).toEqual([{ lasts: true }])
    expect((await remote.report(run, { status: 'running', progress: 0.7 })).status).toBe(200)
    await fixture.startMoreWorkers({ threads: 1 })
    await remote.report(run, { status: 'succeeded', output: { words: 5 } })
    const updates = await fixture.follow(job.id)
    expect(updates.map((update) => update.job.attempt)).toEqual([0, ...updates.slice(1).map(() => 1)])
    expect(updates.at(-1)?.job.status).toBe('SUCCEEDED')
  })
})

describe('the example', () => {
  const long = 'one two three\n'.repeat(1_000)

  test.each(examplesHere)('$name counts short texts at once and long ones in the background', async ({ name }) => {
    expect(await fixture.resultOf(await fixture.run(name, { text: 'so it goes' }))).toEqual({ words: 3 })
    const job = await fixture.submit(name, { text: long })
    const updates = await fixture.follow(job.id)
    expect(updates.some(({ job: { progress } }) => progress?.message?.startsWith('Line '))).toBe(true)
    expect(updates.at(-1)?.job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 })
    expect(await fixture.resultOf(job)).toEqual({ words: 3_000 })
  })

  test.each(examplesHere)('$name answers nobody who does not know its secret', async ({ name }) => {
    const url = fixture.compute.kinds.get(name)?.endpoint?.url ?? ''
    const body = JSON.stringify({ input: { text: 'a' } })
    for (const secret of ['', 'another secret, not its own']) {
      const headers = { ...signMessage({ id: 'a.1', body, secret }) }
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401)
    }
  })
})
