import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import type { Job } from '../src/index.ts'
import { isSigned } from '../src/signing/signMessage.ts'
import { type Fixture, startFixture } from './startFixture.ts'
import { answer, type FunctionRequest, startFunction, type TestFunction } from './startFunction.ts'

const stack = createStopStack()
let receiver: TestFunction
let fixture: Fixture

beforeAll(async () => {
  receiver = stack.add(await startFunction())
  fixture = await startFixture('PostgreSQL', { webhookTargets: { allow: ['127.0.0.1'] } })
})
afterAll(async () => {
  await fixture.stop()
  await stack.stop()
})

const submit = (kind: string, input: unknown, owner = 'ann') =>
  fixture.compute.submit({ kind, input, owner, webhookUrl: receiver.url })
const read = async ({ id }: Job) => (await fixture.compute.readWebhooks([id]))[0]
/** Lets the next try be due now, and the job have ended some time ago. */
const hurry = ({ id }: Job, endedAgo = '0 s') =>
  fixture.query(
    `update jobs set webhook_next_at = clock_timestamp(), finished_at = finished_at - $2::interval where id = $1`,
    [id, endedAgo],
  )
const untilNoted = async (job: Job, count: number) => {
  for (;;) {
    const webhook = await read(job)
    const noted = webhook?.attempts.filter(({ status, error }) => status !== null || error !== null)
    if (noted?.length === count) return webhook
    await sleep(10)
  }
}

function checkSignature({ headers, body }: FunctionRequest, owner: string, id: string): boolean {
  return isSigned({ headers, body, id, secret: fixture.compute.webhookSecretOf(owner) ?? '' })
}

describe('a webhook', () => {
  test('tells the end of a job once, signed with the secret of its owner', async () => {
    const job = await submit('echo', 'hello')
    const request = await receiver.next()
    const ended = await fixture.compute.waitForEnd(job.id, 20_000)
    const id = `${job.id}.${ended.seq}`
    expect(JSON.parse(request.body)).toEqual({
      type: 'job.ended',
      timestamp: ended.finishedAt,
      data: {
        id: job.id,
        kind: 'echo',
        status: 'SUCCEEDED',
        attempt: 1,
        deadLettered: false,
        error: null,
        seq: ended.seq,
        submittedAt: ended.submittedAt,
        finishedAt: ended.finishedAt,
      },
    })
    expect(request.headers).toMatchObject({ 'webhook-id': id, 'idempotency-key': id })
    expect(checkSignature(request, 'ann', id)).toBe(true)
    expect(checkSignature(request, 'bob', id)).toBe(false)
    expect((await read(job))?.status).toBe('PENDING')
    answer(request, 204)
    expect(await untilNoted(job, 1)).toEqual({
      id: job.id,
      url: receiver.url,
      status: 'DELIVERED',
      attempts: [{ at: expect.any(String), status: 204, error: null }],
    })
    expect(await fixture.compute.readWebhooks([(await fixture.run('echo', 'no webhook')).id])).toEqual([])
  })

  test('is tried again with the same id after any other answer, and follows no redirect', async () => {
    const elsewhere = stack.add(await startFunction())
    const job = await submit('echo', 1)
    const first = await receiver.next()
    answer(first, 302, {}, { location: elsewhere.url })
    expect(await untilNoted(job, 1)).toMatchObject({
      status: 'PENDING',
      attempts: [{ status: 302, error: 'The answer was 302' }],
    })
    await hurry(job)
    const second = await receiver.next()
    second.response.destroy()
    await untilNoted(job, 2)
    await hurry(job)
    const third = await receiver.next()
    answer(third, 200)
    expect(await untilNoted(job, 3)).toMatchObject({
      status: 'DELIVERED',
      attempts: [{ status: 302 }, { status: null, error: 'The connection failed (ECONNRESET)' }, { status: 200 }],
    })
    for (const name of ['webhook-id', 'idempotency-key']) {
      expect([second.headers[name], third.headers[name]]).toEqual([first.headers[name], first.headers[name]])
    }
    expect(elsewhere.count()).toBe(0)
  })

  test('waits ever longer between its tries, and gives up after a day', async () => {
    const job = await submit('echo', 1)
    const waitS = async () => {
      const sql = `select extract(epoch from webhook_next_at - max(at))::float as s
        from jobs join job_webhook_attempts on id = job_id where id = $1 group by id`
      return (await fixture.query<{ s: number }>(sql, [job.id]))[0]?.s ?? 0
    }
    const ages = ['0 s', '10 minutes', '10 hours']
    const waits: number[] = []
    for (const [index, endedAgo] of ages.entries()) {
      if (index > 0) await hurry(job, endedAgo)
      answer(await receiver.next(), 500)
      expect(await untilNoted(job, index + 1)).toMatchObject({ status: 'PENDING' })
      waits.push(await waitS())
    }
    const expected = [5, 600, 3_600]
    for (const [index, wait] of waits.entries()) {
      expect(wait / (expected[index] ?? 0)).toBeGreaterThan(0.7)
      expect(wait / (expected[index] ?? 0)).toBeLessThan(2)
    }
    await hurry(job, '14 hours')
    answer(await receiver.next(), 500)
    expect(await untilNoted(job, 4)).toMatchObject({ status: 'FAILED' })
  })

  test('tells the end of a job that failed, was cancelled or was revived', async () => {
    const failing = await submit('break', { how: 'throw' })
    const failed = await receiver.next()
    expect(JSON.parse(failed.body).data).toMatchObject({
      id: failing.id,
      status: 'FAILED',
      deadLettered: true,
      error: { code: 'JOB_FAILED', message: 'The task failed' },
    })
    answer(failed, 200)
    await untilNoted(failing, 1)
    await fixture.compute.retry(failing.id)
    const again = await receiver.next()
    expect(JSON.parse(again.body).data).toMatchObject({ id: failing.id, status: 'FAILED', attempt: 4 })
    expect(again.headers['webhook-id']).not.toBe(failed.headers['webhook-id'])
    answer(again, 200)
    const running = await submit('untilCancelled', {})
    await fixture.untilRunning(running.id)
    await fixture.compute.cancel(running.id)
    const cancelled = await receiver.next()
    expect(JSON.parse(cancelled.body).data).toMatchObject({ id: running.id, status: 'CANCELLED' })
    answer(cancelled, 200)
  })

  test('is sent by one of many workers, once', async () => {
    const second = await fixture.startMoreWorkers({ threads: 1 })
    const before = receiver.count()
    const jobs = await Promise.all(Array.from({ length: 30 }, (_, i) => submit('echo', i)))
    for (const _job of jobs) answer(await receiver.next(), 200)
    for (const job of jobs) expect(await untilNoted(job, 1)).toMatchObject({ status: 'DELIVERED' })
    expect(receiver.count() - before).toBe(30)
    await second.stop()
  })

  test('waits for no other owner whose receiver hangs', async () => {
    const hanging = stack.add(await startFunction())
    const urls = { eve: hanging.url, bob: receiver.url }
    const submitFor = (owner: 'eve' | 'bob') =>
      fixture.compute.submit({ kind: 'echo', input: 1, owner, webhookUrl: urls[owner] })
    const eves = await Promise.all(Array.from({ length: 40 }, () => submitFor('eve')))
    for (const { id } of eves) await fixture.compute.waitForEnd(id, 20_000)
    await hanging.next()
    const bobs = await submitFor('bob')
    answer(await receiver.next(), 200)
    expect(await untilNoted(bobs, 1)).toMatchObject({ status: 'DELIVERED' })
    expect(hanging.count()).toBeLessThan(16)
    // Nobody waits for the others.
    await fixture.query(`update jobs set webhook_status = 'FAILED' where owner = 'eve'`)
    await hanging.stop()
  })

  test('survives its sender: another one sends it, and both tries are told', async () => {
    await fixture.workers.stop()
    const process = await fixture.startWorkerProcess()
    const job = await submit('echo', 1)
    const lost = await receiver.next()
    const left = once(lost.response, 'close')
    process.kill('SIGKILL')
    await left
    // Its lease has not ended yet: nobody sends what may be under way.
    const other = await submit('echo', 2)
    await fixture.startMoreWorkers({ threads: 1 })
    const only = await receiver.next()
    expect(JSON.parse(only.body).data.id).toBe(other.id)
    answer(only, 200)
    await hurry(job)
    const again = await receiver.next()
    expect(again.headers['idempotency-key']).toBe(lost.headers['idempotency-key'])
    answer(again, 200)
    expect((await untilNoted(job, 1))?.attempts).toMatchObject([{ status: null, error: null }, { status: 200 }])
  }, 60_000)

  test('is not taken for a URL that must not be asked, and then there is no job', async () => {
    const before = await fixture.compute.countJobs({ owner: 'eve' })
    for (const webhookUrl of [
      'http://169.254.169.254/',
      'https://10.0.0.1/',
      'https://nowhere.invalid/',
      'gopher://a/',
    ]) {
      const submitted = fixture.compute.submit({ kind: 'echo', input: 1, owner: 'eve', webhookUrl })
      await expect(submitted).rejects.toMatchObject({ extensions: { code: 'URL_NOT_ALLOWED' } })
    }
    expect(await fixture.compute.countJobs({ owner: 'eve' })).toBe(before)
  })
})
