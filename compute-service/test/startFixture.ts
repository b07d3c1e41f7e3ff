import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, listen, type Running } from '@tributary/runtime'
import { bundleOf, createTestDatabase, silentLog, startRedis, type TestRedis } from '@tributary/runtime/testing'
import { Redis } from 'ioredis'
import pg from 'pg'
import { openEvents } from '../src/events/openEvents.ts'
import {
  type Compute,
  type Job,
  type JobUpdate,
  openCompute,
  readFunctions,
  serveCallback,
  startWorkers,
  type TargetPolicyOptions,
  type Workers,
} from '../src/index.ts'
import { readSubmission } from '../src/kinds/readSubmission.ts'
import { openLedger } from '../src/ledger/openLedger.ts'
import { testKinds } from './testKinds.ts'

export type Store = 'PostgreSQL' | 'Redis'

/** The compute service on a database of its own, with the kinds of the tests. */
export type Fixture = Running & {
  compute: Compute
  submit(kind: string, input: unknown): Promise<Job>
  /** Writes the job to the ledger, as a submitter that dies before it sends it. */
  submitUnsent(kind: string, input: unknown): Promise<Job>
  /** Submits and waits for the end. */
  run(kind: string, input: unknown): Promise<Job>
  /** Every change of the job, from its first to its end. */
  follow(id: string, onUpdate?: (update: JobUpdate) => void): Promise<JobUpdate[]>
  /** Resolves when somebody runs the job. */
  untilRunning(id: string): Promise<void>
  resultOf(job: Job): Promise<unknown>
  /** The Redis server, where there is one. */
  redis: TestRedis | undefined
  /** Asks the ledger's database. */
  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>
  /** Empties the queue behind everybody's back. */
  loseDeliveries(): Promise<void>
  /** The workers in this process, until they are stopped. */
  workers: Workers
  startMoreWorkers(options: { threads: number }): Promise<Workers>
  /** Workers that can be killed, whose clock is wrong by so much. */
  startWorkerProcess(options?: { clockSkewMs?: number }): Promise<ChildProcess>
  /** All that the queue holds, as it lies there. */
  dumpQueue(): Promise<string>
}

/** Starts everything that jobs need, with two threads in this process. `functions` is what `FUNCTIONS_FILE` says. */
export async function startFixture(
  store: Store,
  { functions = [], webhookTargets }: { functions?: object[]; webhookTargets?: TargetPolicyOptions } = {},
): Promise<Fixture> {
  const stack = createStopStack()
  const database = await createTestDatabase()
  stack.add({ stop: () => database.drop() })
  const databaseUrl = database.url
  const redis = store === 'Redis' ? stack.add(await startRedis()) : undefined
  const redisUrl = redis?.url
  const stores = { databaseUrl, redisUrl }
  const folder = await mkdtemp(join(tmpdir(), 'tributary-functions-'))
  stack.add({ stop: () => rm(folder, { recursive: true, force: true }) })
  const functionsFile = join(folder, 'functions.json')
  await writeFile(functionsFile, JSON.stringify(functions))
  const extraKinds = [...testKinds, ...(await readFunctions({ file: functionsFile, secret: undefined }))]
  const workerOptions = {
    ...stores,
    // Nobody listens there.
    ordersUrl: 'http://127.0.0.1:1/graphql',
    recommendationsUrl: 'http://127.0.0.1:1/graphql',
    secret: 'a secret of the tests',
    maxHeapMb: 64,
  }
  const inProcess = { log: silentLog, extraKinds }
  const compute = stack.add(
    await openCompute({ ...stores, ...inProcess, webhookTargets, webhookSecret: workerOptions.secret }),
  )
  const callbackServer = createServer((request, response) =>
    serveCallback({ path: request.url ?? '', request, response, callbacks: compute.callbacks }),
  )
  const port = await listen(callbackServer, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  stack.add({ stop: async () => void callbackServer.close() })
  const callbacksUrl = `http://127.0.0.1:${port}`
  const startMoreWorkers = async ({ threads }: { threads: number }) =>
    stack.add(await startWorkers({ ...workerOptions, ...inProcess, callbacksUrl, webhookTargets, threads }))
  const workers = await startMoreWorkers({ threads: 2 })
  const query = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      return (await client.query<Row>(sql, values)).rows
    } finally {
      await client.end()
    }
  }
  const ledger = stack.add(
    await openLedger({
      databaseUrl,
      log: silentLog,
      events: stack.add(await openEvents({ ...stores, log: silentLog })),
    }),
  )
  const submit = (kind: string, input: unknown) => compute.submit({ kind, input, owner: 'ann' })

  return {
    compute,
    submit,
    async submitUnsent(kind, input) {
      const submitted = await ledger.submit(readSubmission({ kind, input, owner: 'ann' }, compute.kinds))
      if (submitted.kind !== 'created') throw new Error(`Expected a new job, got ${submitted.kind}`)
      return submitted.job
    },
    run: async (kind, input) => compute.waitForEnd((await submit(kind, input)).id, 25_000),
    async follow(id, onUpdate) {
      const updates: JobUpdate[] = []
      for await (const update of compute.followJob(id, { after: 0 })) {
        updates.push(update)
        onUpdate?.(update)
      }
      return updates
    },
    async untilRunning(id) {
      for await (const { job } of compute.followJob(id)) if (job.status === 'RUNNING') return
    },
    resultOf: async (job) => (await compute.readResults([job]))[0]?.value,
    async loseDeliveries() {
      if (redis) await redis.flush()
      else await query(`delete from bullmq.job where state in ('waiting', 'delayed')`)
    },
    async dumpQueue() {
      if (redisUrl === undefined) return JSON.stringify(await query('select * from bullmq.job'))
      const client = new Redis(redisUrl)
      const keys = await client.keys('*')
      const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)))
      client.disconnect()
      return keys.join() + dumps.map((dump) => dump?.toString('latin1')).join()
    },
    redis,
    query,
    workers,
    startMoreWorkers,
    async startWorkerProcess({ clockSkewMs = 0 } = {}) {
      const files = { functionsFile, callbacksUrl, webhookTargets }
      const options = JSON.stringify({ ...workerOptions, ...files, threads: 2, clockSkewMs })
      const child = spawn(process.execPath, [bundleOf('compute-service/test/workerProcess.ts'), options], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      stack.add({ stop: async () => void child.kill('SIGKILL') })
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
      return child
    },
    stop: stack.stop,
  }
}
