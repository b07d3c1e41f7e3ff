import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import { createTestDatabase, silentLog } from '@tributary/runtime/testing'
import fc from 'fast-check'
import pg from 'pg'
import { openLedger } from '../src/ledger/openLedger.ts'

const stack = createStopStack()
let database: pg.Client

beforeAll(async () => {
  const { url, drop } = await createTestDatabase()
  stack.add({ stop: drop })
  const events = { publish: async () => undefined, listen: () => () => undefined, stop: async () => undefined }
  // For its tables.
  await (await openLedger({ databaseUrl: url, events, log: silentLog })).stop()
  database = new pg.Client({ connectionString: url })
  await database.connect()
  stack.add({ stop: () => database.end() })
})
afterAll(() => stack.stop())

/** `dueMin` is for how many minutes it has been due. */
type Queued = { id: string; owner: string; kind: string; priority: number; dueMin: number }
type Running = { owner: string; kind: string }

const owner = fc.constantFrom('ann', 'bob', 'cyd', 'dan', 'eve')
const kind = fc.constantFrom('free', 'narrow')

test('of what may run, a job of the highest priority, of the owner whose turn it is, which is due for longest', async () => {
  const queued = fc.record({
    owner,
    kind,
    priority: fc.constantFrom(0, 0, 0, 5, -5),
    dueMin: fc.integer({ min: -9, max: 9 }),
  })
  const situation = fc.record({
    queued: fc.uniqueArray(queued, { maxLength: 12, selector: ({ dueMin }) => dueMin }),
    running: fc.array(fc.record({ owner, kind }), { maxLength: 6 }),
    perOwner: fc.constantFrom(null, 1, 2, 3),
    narrowConcurrency: fc.constantFrom(null, 1, 3),
    lastOwner: fc.option(owner),
  })
  await fc.assert(
    fc.asyncProperty(situation, async ({ running, perOwner, narrowConcurrency, lastOwner, ...given }) => {
      const jobs = given.queued.map((job) => ({ ...job, id: randomUUID() }))
      const chosen = await choose({ jobs, running, perOwner, narrowConcurrency, lastOwner })
      const countOf = (what: Partial<Running>) =>
        running.filter((job) => Object.entries(what).every(([key, value]) => job[key as keyof Running] === value))
          .length
      const isNarrowFull = narrowConcurrency !== null && countOf({ kind: 'narrow' }) >= narrowConcurrency
      const may = jobs.filter(
        (job) =>
          job.dueMin >= 0 &&
          (perOwner === null || countOf({ owner: job.owner }) < perOwner) &&
          !(isNarrowFull && job.kind === 'narrow'),
      )
      const highest = Math.max(...may.map(({ priority }) => priority))
      const best = may.filter(({ priority }) => priority === highest)
      if (best.length === 0) return expect(chosen).toBeUndefined()
      expect(best).toContainEqual(chosen)
      const rivals = best.filter((job) => job.owner === chosen?.owner)
      expect(chosen?.dueMin).toBe(Math.max(...rivals.map(({ dueMin }) => dueMin)))
      // Where a kind may not start, an owner's turn may be passed over.
      if (isNarrowFull) return
      const owners = [...new Set(best.map((job) => job.owner))].sort()
      const circle = [
        ...owners.filter((one) => one > (lastOwner ?? '')),
        ...owners.filter((one) => one <= (lastOwner ?? '')),
      ]
      const fewest = Math.min(...circle.map((one) => countOf({ owner: one })))
      expect(chosen?.owner).toBe(circle.find((one) => countOf({ owner: one }) === fewest))
    }),
    { numRuns: 300 },
  )
})

/** What is chosen where this is the whole table. Nothing of it stays. */
async function choose(given: {
  jobs: Queued[]
  running: Running[]
  perOwner: number | null
  narrowConcurrency: number | null
  lastOwner: string | null
}): Promise<Queued | undefined> {
  const { jobs, running, perOwner, narrowConcurrency, lastOwner } = given
  await database.query('begin')
  try {
    await database.query(
      `insert into jobs (id, owner, kind, priority, next_run_at, input, input_hash, max_attempts)
        select id, owner, kind, priority, clock_timestamp() - "dueMin" * interval '1 minute', '1', '', 1
        from json_to_recordset($1) as job (id uuid, owner text, kind text, priority integer, "dueMin" integer)`,
      [JSON.stringify(jobs)],
    )
    await database.query(
      `insert into jobs (owner, kind, status, lease_until, input, input_hash, max_attempts)
        select owner, kind, 'RUNNING', clock_timestamp(), '1', '', 1 from json_to_recordset($1) as job (owner text, kind text)`,
      [JSON.stringify(running)],
    )
    const { rows } = await database.query('select choose_job($1, $2, $3, $4, $5, $6) as id', [
      ...[perOwner, ['narrow'], [narrowConcurrency], [null], [null], lastOwner],
    ])
    return jobs.find(({ id }) => id === rows[0].id)
  } finally {
    await database.query('rollback')
  }
}
