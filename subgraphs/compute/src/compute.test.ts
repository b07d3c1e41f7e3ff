import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { defineKind, type FunctionKind, type JobKind, openCompute, startWorkers } from '@tributary/compute-service'
import { createStopStack } from '@tributary/runtime'
import { type Identity, identityHeader, signIdentity } from '@tributary/runtime/identity'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { z } from 'zod'
// The tiny kinds of the compute service's own tests; the program itself knows only its public index.
// What a receiver does; a library of Standard Webhooks would do as well.
import { isSigned } from '../../../compute-service/src/signing/signMessage.ts'
import { answer, startFunction, type TestFunction } from '../../../compute-service/test/startFunction.ts'
import { testKinds } from '../../../compute-service/test/testKinds.ts'
import { type RunningCompute, startCompute } from './index.ts'

const secret = 'a secret of the tests'
const stack = createStopStack()
const statements: string[] = []
let subgraph: RunningCompute
/** A function, and whoever gets a webhook. */
let remote: TestFunction

beforeAll(async () => {
  const database = await createTestDatabase()
  stack.add({ stop: () => database.drop() })
  remote = stack.add(await startFunction())
  const json = z.json()
  const remoteKind = defineKind<FunctionKind>({
    name: 'remote',
    description: 'Runs behind a URL.',
    input: json,
    inputSchema: { title: 'Anything' },
    output: json,
    endpoint: { url: new URL(remote.url), secret: remote.secret, answerWithinMs: 10_000, reportWithinMs: 10_000 },
    maxAttempts: 1,
    timeoutMs: 20_000,
  })
  const extraKinds: readonly JobKind[] = [...testKinds, remoteKind]
  const resultsFolder = await mkdtemp(join(tmpdir(), 'tributary-results-'))
  stack.add({ stop: () => rm(resultsFolder, { recursive: true, force: true }) })
  const shared = {
    databaseUrl: database.url,
    log: silentLog,
    extraKinds,
    secret,
    resultPlace: { kind: 'folder', folder: resultsFolder } as const,
    webhookTargets: { allow: ['127.0.0.1'] },
  }
  subgraph = stack.add(
    await startCompute({
      ...shared,
      port: 0,
      host: '127.0.0.1',
      portSetting: 'PORT',
      onStatement: (sql) => statements.push(sql),
    }),
  )
  const nobody = 'http://127.0.0.1:1/graphql'
  const { callbacksUrl } = subgraph
  const neighbours = { ordersUrl: nobody, recommendationsUrl: nobody }
  stack.add(await startWorkers({ ...shared, ...neighbours, callbacksUrl, threads: 2 }))
})
afterAll(() => stack.stop())

function user(userId: string, scopes: string[] = []): Identity {
  return { userId, scopes, expiresAtMs: Date.now() + 60_000 }
}
const ann = user('ann')
const bob = user('bob')

// Answers have the shape of the query beside them.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Answer = { data?: any; errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[] }

async function ask(identity: Identity | undefined, query: string, variables: object = {}): Promise<Answer> {
  const body = JSON.stringify({ query, variables })
  const response = await fetch(subgraph.url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', [identityHeader]: signIdentity(identity, body, secret) },
  })
  // The subgraph answers in GraphQL's response format.
  return (await response.json()) as Answer
}

const codes = (answer: Answer) => answer.errors?.map(({ extensions }) => extensions.code)

async function submit(identity: Identity, kind: string, input: unknown): Promise<string> {
  const answer = await ask(
    identity,
    'mutation($kind: String!, $input: JSON!) { submitJob(kind: $kind, input: $input) { id } }',
    {
      kind,
      input,
    },
  )
  return answer.data.submitJob.id
}

function connect(identity: Identity | undefined): Client {
  return createClient({
    url: subgraph.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: () => ({ [identityHeader]: signIdentity(identity, '', secret) }),
  })
}

const updates = `subscription($id: ID!, $after: Int) { jobUpdates(id: $id, after: $after) { seq at job {
  id seq kind status attempt progress { fraction message } input result { __typename ... on JsonResult { value } } submittedBy { id } } } }`

describe('a job', () => {
  test('is submitted, followed over graphql-transport-ws to its end, and read', async () => {
    const id = await submit(ann, 'count', { to: 4, everyMs: 100 })
    const client = connect(ann)
    const seen: Answer[] = []
    for await (const update of client.iterate({ query: updates, variables: { id, after: 0 } }))
      seen.push(update as Answer)
    expect(seen.flatMap(({ errors = [] }) => errors)).toEqual([])
    const jobs = seen.map(({ data }) => data.jobUpdates.job)
    expect(seen.map(({ data }) => data.jobUpdates.seq)).toEqual(jobs.map((_, i) => i + 1))
    expect(jobs[0]).toMatchObject({ status: 'QUEUED', attempt: 0, progress: null, result: null })
    expect(jobs.at(-1)).toEqual({
      id,
      seq: jobs.length,
      kind: 'count',
      status: 'SUCCEEDED',
      attempt: 1,
      progress: { fraction: 1, message: '4 of 4' },
      input: { to: 4, everyMs: 100 },
      result: { __typename: 'JsonResult', value: { counted: 4 } },
      submittedBy: { id: 'ann' },
    })
    // A finished job gives its end at once; behind its end there is nothing.
    const again: unknown[] = []
    for await (const update of client.iterate({ query: updates, variables: { id } })) again.push(update)
    for await (const update of client.iterate({ query: updates, variables: { id, after: jobs.length } }))
      again.push(update)
    expect(again).toEqual([seen.at(-1)])
    await client.dispose()

    const read = await ask(
      ann,
      `query($id: ID!) { job(id: $id) { status deadLettered error { code } submittedAt startedAt finishedAt maxAttempts } }`,
      { id },
    )
    expect(read.data.job).toMatchObject({ status: 'SUCCEEDED', deadLettered: false, error: null, maxAttempts: 3 })
    for (const name of ['submittedAt', 'startedAt', 'finishedAt']) {
      expect(read.data.job[name]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    expect(subgraph.followerCounts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('is waited for, at most as long as one likes', async () => {
    const id = await submit(ann, 'count', { to: 3, everyMs: 100 })
    const query = 'query($id: ID!, $waitMs: Int!) { job(id: $id, waitMs: $waitMs) { status } }'
    expect((await ask(ann, query, { id, waitMs: 20_000 })).data.job.status).toBe('SUCCEEDED')
    const endless = await submit(ann, 'untilCancelled', {})
    expect((await ask(ann, query, { id: endless, waitMs: 50 })).data.job.status).toMatch(/QUEUED|RUNNING/)
    expect(codes(await ask(ann, query, { id, waitMs: 25_001 }))).toEqual(['BAD_USER_INPUT'])
    const cancel = 'mutation($id: ID!) { cancelJob(id: $id) { id } }'
    expect((await ask(ann, cancel, { id: endless })).data.cancelJob.id).toBe(endless)
    expect((await ask(ann, query, { id: endless, waitMs: 20_000 })).data.job.status).toBe('CANCELLED')
    expect(subgraph.followerCounts()).toEqual({ followers: 0, jobs: 0 })
  })

  test('frees everything at once when its follower leaves', async () => {
    const id = await submit(ann, 'untilCancelled', {})
    const client = connect(ann)
    const one = client.iterate({ query: updates, variables: { id } })
    const two = client.iterate({ query: updates, variables: { id } })
    await Promise.all([one.next(), two.next()])
    expect(subgraph.followerCounts()).toEqual({ followers: 2, jobs: 1 })
    await one.return?.()
    while (subgraph.followerCounts().followers > 1) await new Promise((resolve) => setImmediate(resolve))
    client.terminate()
    while (subgraph.followerCounts().followers > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(subgraph.followerCounts()).toEqual({ followers: 0, jobs: 0 })
    await two.return?.()
    await ask(ann, 'mutation($id: ID!) { cancelJob(id: $id) { id } }', { id })
  })

  test('belongs to its owner: for others it is as absent as one that does not exist', async () => {
    const id = await submit(ann, 'echo', 1)
    const absent = '00000000-0000-4000-8000-000000000000'
    const query = 'query($id: ID!) { job(id: $id) { id } }'
    const entity =
      'query($id: ID!) { _entities(representations: [{ __typename: "Job", id: $id }]) { ... on Job { id } } }'
    const cancel = 'mutation($id: ID!) { cancelJob(id: $id) { id } }'
    const retry = 'mutation($id: ID!) { retryJob(id: $id) { id } }'
    for (const operation of [query, entity, cancel, retry]) {
      const others = await ask(bob, operation, { id })
      expect(codes(others)).toEqual(['NOT_FOUND'])
      const text = JSON.stringify(await ask(bob, operation, { id: absent }))
      expect(JSON.stringify(others).replaceAll(id, absent)).toBe(text)
      expect(codes(await ask(bob, operation, { id: "'\u0000 or 1" }))).toEqual(['NOT_FOUND'])
    }
    const auditor = user('auditor', ['users:read'])
    expect((await ask(auditor, query, { id })).data.job.id).toBe(id)
    expect(codes(await ask(auditor, cancel, { id }))).toEqual(['NOT_FOUND'])
    expect(codes(await ask(undefined, query, { id }))).toEqual(['UNAUTHENTICATED'])
    expect(codes(await ask(undefined, 'mutation { submitJob(kind: "echo", input: 1) { id } }'))).toEqual([
      'UNAUTHENTICATED',
    ])

    for (const [identity, code] of [
      [bob, 'NOT_FOUND'],
      [undefined, 'UNAUTHENTICATED'],
    ] as const) {
      const client = connect(identity)
      const stream = client.iterate({ query: updates, variables: { id } })
      expect((await stream.next()).value?.errors).toMatchObject([{ extensions: { code } }])
      await client.dispose()
    }
    expect(subgraph.followerCounts()).toEqual({ followers: 0, jobs: 0 })
  })
})

describe('submitting', () => {
  const mutation = `mutation($kind: String!, $input: JSON!, $key: String) { submitJob(kind: $kind, input: $input, idempotencyKey: $key) { id } }`

  test('names each field of a bad input, and creates no job', async () => {
    const owner = user('careless')
    const bad = await ask(owner, mutation, {
      kind: 'forecastDemand',
      input: { months: 25, confidence: '1', colour: 'red' },
    })
    expect(codes(bad)).toEqual(['BAD_USER_INPUT'])
    const message = bad.errors?.[0]?.message
    for (const name of ['months', 'confidence', 'colour']) expect(message).toContain(name)
    expect(codes(await ask(owner, mutation, { kind: 'paint', input: {} }))).toEqual(['BAD_USER_INPUT'])
    const typed = await ask(owner, 'mutation { trainRecommendations(input: { neighbours: 51 }) { id } }')
    expect(codes(typed)).toEqual(['BAD_USER_INPUT'])
    const both =
      'mutation { forecastDemand(input: { category: "Technology", productIds: ["TEC-AC-10003832"] }) { id } }'
    const { errors } = await ask(owner, both)
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('`productIds`: Expected `category` or') })
    const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`
    expect(codes(await ask(owner, mutation, { kind: 'echo', input: JSON.parse(deep) }))).toEqual(['BAD_USER_INPUT'])
    expect((await ask(owner, '{ jobs { totalCount } }')).data.jobs.totalCount).toBe(0)
  })

  test('takes an input of 256 KiB of JSON to the byte, and makes no job of a larger one', async () => {
    const owner = user('wordy')
    // Two bytes of each are its quotes, and each of these letters is two bytes.
    const [largest, tooLarge] = [`x${'ü'.repeat(131_070)}x`, `x${'ü'.repeat(131_071)}`].map((text) => ({
      bytes: Buffer.byteLength(JSON.stringify(text)),
      text,
    }))
    expect([largest?.bytes, tooLarge?.bytes]).toEqual([262_144, 262_145])
    const { data } = await ask(owner, mutation, { kind: 'echo', input: largest?.text })
    const read = 'query($id: ID!) { job(id: $id, waitMs: 20000) { status input resultFile { bytes } } }'
    expect((await ask(owner, read, { id: data.submitJob.id })).data.job).toEqual({
      status: 'SUCCEEDED',
      input: largest?.text,
      resultFile: { bytes: 262_144 },
    })
    const refused = await ask(owner, mutation, { kind: 'echo', input: tooLarge?.text })
    expect(codes(refused)).toEqual(['JOB_PAYLOAD_TOO_LARGE'])
    expect(refused.errors?.[0]?.message).toBe('The input is 262145 bytes, at most 262144 are taken')
    expect((await ask(owner, '{ jobs { totalCount } }')).data.jobs.totalCount).toBe(1)
  })

  test('with an idempotency key gives the first job again, or says that the key was used', async () => {
    const once = await ask(ann, mutation, { kind: 'echo', input: { a: 1, b: 2 }, key: 'k1' })
    const twice = await ask(ann, mutation, { kind: 'echo', input: { b: 2, a: 1 }, key: 'k1' })
    expect(twice.data.submitJob.id).toBe(once.data.submitJob.id)
    expect(codes(await ask(ann, mutation, { kind: 'echo', input: { a: 2 }, key: 'k1' }))).toEqual([
      'IDEMPOTENCY_KEY_CONFLICT',
    ])
    expect(codes(await ask(ann, mutation, { kind: 'count', input: { to: 1 }, key: 'k1' }))).toEqual([
      'IDEMPOTENCY_KEY_CONFLICT',
    ])
    expect(codes(await ask(ann, mutation, { kind: 'echo', input: 1, key: '' }))).toEqual(['BAD_USER_INPUT'])
  })

  test('for later, or with a priority, waits; what is dead-lettered is revived by its owner', async () => {
    const submitLater = `mutation($runAt: DateTime, $priority: Int! = 0) {
      submitJob(kind: "echo", input: 1, runAt: $runAt, priority: $priority) { id status runAt priority } }`
    const runAt = new Date(Date.now() + 600).toISOString()
    const later = (await ask(ann, submitLater, { runAt, priority: 7 })).data.submitJob
    expect(later).toMatchObject({ status: 'QUEUED', runAt, priority: 7 })
    const wait = 'query($id: ID!) { job(id: $id, waitMs: 20000) { status startedAt attempt maxAttempts runAt } }'
    const ended = (await ask(ann, wait, { id: later.id })).data.job
    expect(ended).toMatchObject({ status: 'SUCCEEDED', runAt: null })
    expect(ended.startedAt >= runAt).toBe(true)
    for (const bad of [{ runAt: 'soon' }, { runAt: '2999-01-01T00:00:00Z' }, { priority: 101 }]) {
      expect(codes(await ask(ann, submitLater, bad))).toEqual(['BAD_USER_INPUT'])
    }
    const dead = await submit(ann, 'break', { how: 'throw' })
    expect((await ask(ann, wait, { id: dead })).data.job).toMatchObject({ status: 'FAILED', attempt: 2 })
    await ask(ann, 'mutation($id: ID!) { retryJob(id: $id) { status } }', { id: dead })
    expect((await ask(ann, wait, { id: dead })).data.job).toMatchObject({
      status: 'FAILED',
      attempt: 4,
      maxAttempts: 4,
    })
  })

  test('what gives a large result tells where to download it, and how to check it', async () => {
    const query = `query($id: ID!) { job(id: $id, waitMs: 20000) {
      result { ... on JsonResult { value } } resultFile { bytes sha256 url } } }`
    const read = async (bytes: number) =>
      (await ask(ann, query, { id: await submit(ann, 'large', { bytes }) })).data.job
    expect(await read(100)).toMatchObject({ result: { value: 'x'.repeat(98) }, resultFile: null })
    const { result, resultFile } = await read(2_000_000)
    expect(result).toBeNull()
    const text = await (await fetch(resultFile.url)).text()
    expect(resultFile).toMatchObject({ bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') })
    expect((await fetch(`${resultFile.url}0`)).status).toBe(403)
  })

  test('through the typed mutations makes jobs of their kinds, defaults filled in', async () => {
    const answer = await ask(
      user('typed'),
      `mutation { a: trainRecommendations(input: {}) { kind input status } b: forecastDemand(input: { months: 3 }) { kind input } }`,
    )
    expect(answer.data).toMatchObject({
      a: { kind: 'trainRecommendations', input: { neighbours: 50 } },
      b: { kind: 'forecastDemand', input: { months: 3, confidence: 0.9 } },
    })
  })
})

describe('outside this program', () => {
  const wait = 'query($id: ID!) { job(id: $id, waitMs: 20000) { status result { ... on JsonResult { value } } } }'

  test('a function runs a job, and reports to this server', async () => {
    const { data } = await ask(undefined, '{ jobKinds { name inputSchema } }')
    expect(data.jobKinds).toContainEqual({ name: 'remote', inputSchema: { title: 'Anything' } })
    const id = await submit(ann, 'remote', { any: 'thing' })
    const request = await remote.next()
    expect(request.run.input).toEqual({ any: 'thing' })
    answer(request, 202)
    expect((await remote.report(request.run, { status: 'running', progress: 0.5 })).status).toBe(200)
    const last = { status: 'succeeded', output: ['some', 'thing'] }
    expect((await remote.report(request.run, last, (sent) => Object.assign(sent, { headers: {} }))).status).toBe(401)
    expect((await remote.report(request.run, last)).status).toBe(200)
    expect((await ask(ann, wait, { id })).data.job).toEqual({
      status: 'SUCCEEDED',
      result: { value: ['some', 'thing'] },
    })
  })

  test('a webhook is told of the end, and how it went is for the owner of the job', async () => {
    const mutation = 'mutation($url: String) { submitJob(kind: "echo", input: 1, webhookUrl: $url) { id } }'
    expect(codes(await ask(ann, mutation, { url: 'https://10.0.0.1/' }))).toEqual(['URL_NOT_ALLOWED'])
    const { id } = (await ask(ann, mutation, { url: remote.url })).data.submitJob
    const request = await remote.next()
    answer(request, 200)
    const query = 'query($id: ID!) { job(id: $id) { webhook { url status attempts { at status error } } } }'
    let webhook = { status: 'PENDING' }
    while (webhook.status === 'PENDING') webhook = (await ask(ann, query, { id })).data.job.webhook
    expect(webhook).toEqual({
      url: remote.url,
      status: 'DELIVERED',
      attempts: [{ at: expect.stringMatching(/Z$/), status: 200, error: null }],
    })
    expect((await ask(user('auditor', ['users:read']), query, { id })).data.job).toEqual({ webhook: null })

    const { webhookSecret } = (await ask(ann, '{ webhookSecret }')).data
    const { headers, body } = request
    const messageId = `${id}.${JSON.parse(body).data.seq}`
    expect(isSigned({ headers, body, id: messageId, secret: webhookSecret })).toBe(true)
    expect((await ask(bob, '{ webhookSecret }')).data.webhookSecret).not.toBe(webhookSecret)
    expect(codes(await ask(undefined, '{ webhookSecret }'))).toEqual(['UNAUTHENTICATED'])
  })

  test('typed mutations take a webhook, too', async () => {
    const query = `mutation($url: String) { forecastDemand(input: {}, webhookUrl: $url) { id webhook { url status } } }`
    const { id, webhook } = (await ask(ann, query, { url: remote.url })).data.forecastDemand
    expect(webhook).toEqual({ url: remote.url, status: 'PENDING' })
    await ask(ann, 'mutation($id: ID!) { cancelJob(id: $id) { id } }', { id })
    const told = await remote.next()
    answer(told, 200)
    expect(JSON.parse(told.body).data).toMatchObject({ id, status: 'CANCELLED' })
  })
})

test('pages through the jobs of whoever asks, newest first, and filters them', async () => {
  const carl = user('carl')
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.unshift(await submit(carl, i === 2 ? 'count' : 'echo', i === 2 ? { to: 1 } : i))
  const query = `query($after: String, $filter: JobFilter) { jobs(first: 2, after: $after, filter: $filter) {
    totalCount edges { node { id kind } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`
  const got: string[] = []
  let after: string | null = null
  do {
    const { jobs }: Answer['data'] = (await ask(carl, query, { after })).data
    expect(jobs.totalCount).toBe(5)
    for (const { node } of jobs.edges) got.push(node.id)
    after = jobs.pageInfo.hasNextPage ? jobs.pageInfo.endCursor : null
  } while (after !== null)
  expect(got).toEqual(ids)
  const counted = (await ask(carl, query, { filter: { kind: 'count' } })).data.jobs
  expect(counted).toMatchObject({ totalCount: 1, edges: [{ node: { id: ids[2], kind: 'count' } }] })
  expect(codes(await ask(carl, query, { after: 'nonsense' }))).toEqual(['BAD_USER_INPUT'])
  expect((await ask(bob, query)).data.jobs.edges).toEqual([])
})

test('entities with their inputs and results cost a constant number of statements, errors in their places', async () => {
  const dora = user('dora')
  const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => submit(dora, 'echo', i)))
  const wait = 'query($id: ID!) { job(id: $id, waitMs: 20000) { status } }'
  for (const id of ids) await ask(dora, wait, { id })
  const foreign = await submit(ann, 'echo', 0)
  const representations = [...ids, foreign, ids[0], 'nothing'].map((id) => ({ __typename: 'Job', id }))
  statements.length = 0
  const answer = await ask(
    dora,
    `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Job { input result { ... on JsonResult { value } } } } }`,
    { representations },
  )
  const jobsOnly = statements.filter((sql) => sql.includes('any(') && !sql.includes('"seq" from "jobs" where'))
  expect(jobsOnly).toHaveLength(3)
  expect(answer.data._entities.slice(0, 20)).toEqual(ids.map((_, i) => ({ input: i, result: { value: i } })))
  expect(answer.data._entities.slice(20)).toEqual([null, { input: 0, result: { value: 0 } }, null])
  expect(answer.errors?.map(({ path }) => path)).toEqual([
    ['_entities', 20],
    ['_entities', 22],
  ])
})

test('tells what can be submitted, to anyone', async () => {
  const { data } = await ask(undefined, '{ jobKinds { name description inputSchema maxAttempts timeoutMs } }')
  const names = data.jobKinds.map(({ name }: { name: string }) => name)
  expect(names.slice(0, 2)).toEqual(['trainRecommendations', 'forecastDemand'])
  expect(data.jobKinds[1].inputSchema).toMatchObject({
    type: 'object',
    properties: { months: { type: 'integer', minimum: 1, maximum: 24, default: 12 } },
    additionalProperties: false,
  })
})

test('lets those go who wait for a job when it has to stop', async () => {
  const database = await createTestDatabase()
  const compute = await openCompute({ databaseUrl: database.url, log: silentLog, extraKinds: testKinds })
  const { id } = await compute.submit({ kind: 'echo', input: 1, owner: 'ann' })
  const waited = compute.waitForEnd(id, 30_000)
  while (compute.followerCounts().followers === 0) await new Promise((resolve) => setImmediate(resolve))
  compute.beginStop()
  expect(await waited).toMatchObject({ id, status: 'QUEUED' })
  await compute.stop()
  await database.drop()
})

test('answers its health checks', async () => {
  const base = subgraph.url.replace('/graphql', '')
  expect((await fetch(`${base}/healthz`)).status).toBe(200)
  expect((await fetch(`${base}/readyz`)).status).toBe(200)
})
