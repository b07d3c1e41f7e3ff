import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStopStack } from '@tributary/runtime'
import {
  createTestDatabase,
  type PostgresDoor,
  silentLog,
  startPostgresDoor,
  startRedis,
} from '@tributary/runtime/testing'
import { MIGRATION_ADVISORY_LOCK_KEY } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { openDispatch } from '../src/dispatch/openDispatch.ts'
import { type DeliveryData, openPostgresBackend, redisBackend } from '../src/dispatch/queueBackend.ts'
import { startConsumer } from '../src/dispatch/startConsumer.ts'
import type { JobMessage } from '../src/events/JobMessage.ts'
import { openEvents } from '../src/events/openEvents.ts'
import { storesHere } from './storesHere.ts'

// One contract for both stores: what carries messages and deliveries may be exchanged.
describe.each(storesHere)('on %s', (store) => {
  const stack = createStopStack()
  let databaseUrl: string
  let redisUrl: string | undefined

  beforeAll(async () => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    databaseUrl = database.url
    redisUrl = store === 'Redis' ? stack.add(await startRedis()).url : undefined
  })
  afterAll(() => stack.stop())

  async function cutConnections(): Promise<void> {
    if (redisUrl !== undefined) {
      const redis = new Redis(redisUrl)
      await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes')
      redis.disconnect()
      return
    }
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    await client.end()
  }

  const open = () => openEvents({ databaseUrl, redisUrl, log: silentLog })

  test('a message reaches every listener of every process, in order, until it stops listening', async () => {
    const one = await open()
    const two = await open()
    const heard: string[] = []
    const done = new EventEmitter()
    const id = randomUUID()
    const stopFirst = one.listen((message) => heard.push(`first ${describeMessage(message)}`))
    two.listen((message) => {
      heard.push(`second ${describeMessage(message)}`)
      if (message.kind === 'cancelRequested') done.emit('done')
    })
    await one.publish({ kind: 'changed', id, seq: 1 })
    await two.publish({ kind: 'changed', id, seq: 2 })
    const finished = once(done, 'done')
    await one.publish({ kind: 'cancelRequested', id })
    await finished
    expect(heard.filter((line) => line.startsWith('second'))).toHaveLength(3)
    stopFirst()
    const again = once(done, 'done')
    const before = heard.filter((line) => line.startsWith('first')).length
    await one.publish({ kind: 'cancelRequested', id })
    await again
    expect(heard.filter((line) => line.startsWith('first'))).toHaveLength(before)
    await one.stop()
    await two.stop()
    await two.stop()
  })

  test('a process hears only what it asked for', async () => {
    const cancellations = await openEvents({ databaseUrl, redisUrl, hears: ['cancelRequested'], log: silentLog })
    const changes = await openEvents({ databaseUrl, redisUrl, hears: ['changed'], log: silentLog })
    const id = randomUUID()
    const heard: string[] = []
    const arrivals = new EventEmitter()
    for (const [name, events] of Object.entries({ cancellations, changes })) {
      events.listen((message) => {
        heard.push(`${name}: ${describeMessage(message)}`)
        arrivals.emit('arrival')
      })
    }
    await changes.publish({ kind: 'changed', id, seq: 1 })
    await cancellations.publish({ kind: 'changed', id, seq: 2 })
    await changes.publish({ kind: 'cancelRequested', id })
    await cancellations.publish({ kind: 'cancelRequested', id })
    await changes.publish({ kind: 'changed', id, seq: 3 })
    while (heard.length < 5) await once(arrivals, 'arrival')
    expect(heard.filter((line) => line.startsWith('cancellations'))).toHaveLength(2)
    expect(heard.filter((line) => line.endsWith('cancel'))).toHaveLength(2)
    await cancellations.stop()
    await changes.stop()
  })

  test('messages go on after the connections were cut', async () => {
    const events = await open()
    const id = randomUUID()
    let heard = 0
    events.listen((message) => {
      if (message.id === id) heard++
    })
    await cutConnections()
    while (heard === 0) {
      // Meanwhile there may be nobody to publish to.
      await events.publish({ kind: 'cancelRequested', id }).catch(() => undefined)
      await sleep(20)
    }
    await events.stop()
  })

  test('a delivery comes once however often it is sent, and no second one before the first is worked off', async () => {
    const backend = stack.add(redisUrl === undefined ? await openPostgresBackend(databaseUrl) : redisBackend(redisUrl))
    const dispatch = await openDispatch({ backend, log: silentLog })
    const ids = Array.from({ length: 20 }, () => randomUUID())
    const deliveries = ids.map((id) => ({ id, attempt: 0, resend: 0, delayMs: 0 }))
    for (let repeat = 0; repeat < 5; repeat++) await dispatch.send(deliveries)
    expect(await dispatch.countWaiting()).toBe(20)

    const got: string[] = []
    const arrivals = new EventEmitter()
    let inHand = 0
    const consumer = await startConsumer({
      backend,
      concurrency: 3,
      log: silentLog,
      async deliver(delivery) {
        inHand++
        expect(inHand).toBeLessThanOrEqual(3)
        await new Promise((resolve) => setImmediate(resolve))
        inHand--
        got.push(jobOf(delivery))
        arrivals.emit('delivery')
        if (got.length === 1) throw new Error('one that fails does not end the consumer')
      },
    })
    while (got.length < 20) await once(arrivals, 'delivery')
    const late = randomUUID()
    const sentAt = performance.now()
    await dispatch.send([{ id: late, attempt: 1, resend: 0, delayMs: 300 }])
    while (got.length < 21) await once(arrivals, 'delivery')
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(290)
    expect([...got].sort()).toEqual([...ids, late].sort())
    expect(await dispatch.countWaiting()).toBe(0)
    await consumer.stop()
    await dispatch.stop()
  })
})

describe('on a PostgreSQL server that stops', () => {
  const stack = createStopStack()
  let databaseUrl: string
  let door: PostgresDoor

  beforeAll(async () => {
    const database = await createTestDatabase()
    stack.add({ stop: () => database.drop() })
    databaseUrl = database.url
    door = stack.add(await startPostgresDoor(databaseUrl))
  })
  afterAll(() => stack.stop())

  async function query(client: pg.Client, sql: string): Promise<unknown[]> {
    return (await client.query(sql)).rows
  }

  test('opening a queue rejects when the connection breaks amid it, and ends nothing', async () => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    stack.add({ stop: () => client.end() })
    // Whoever opens the queue waits here for whoever prepares its tables.
    const lock = `${MIGRATION_ADVISORY_LOCK_KEY}, hashtext('bullmq')`
    await query(client, `select pg_advisory_lock(${lock})`)
    const refused = expect(openPostgresBackend(databaseUrl)).rejects.toThrow(/terminat/)
    const waiting = `from pg_locks join pg_database on pg_database.oid = database
      where locktype = 'advisory' and not granted and datname = current_database()`
    while ((await query(client, `select pg_terminate_backend(pid) ${waiting}`)).length === 0);
    await refused
    await query(client, `select pg_advisory_unlock(${lock})`)
    const backend = await openPostgresBackend(databaseUrl)
    const dispatch = await openDispatch({ backend, log: silentLog })
    expect(await dispatch.countWaiting()).toBe(0)
    await dispatch.stop()
    await backend.stop()
  })

  test('messages go on after a server that took the connection and said nothing', async () => {
    const events = await openEvents({ databaseUrl: door.url, redisUrl: undefined, log: silentLog })
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const before = door.countTurnedAway()
    door.turnAwayAfter(0)
    await query(
      client,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'tributary job events'`,
    )
    await client.end()
    while (door.countTurnedAway() === before) await sleep(20)
    door.turnAwayAfter(undefined)
    const message = randomUUID()
    let isHeard = false
    events.listen(({ id }) => {
      isHeard ||= id === message
    })
    while (!isHeard) {
      await events.publish({ kind: 'cancelRequested', id: message }).catch(() => undefined)
      await sleep(20)
    }
    await events.stop()
  })

  test.each([1, 2])(
    'what waits for deliveries and messages connects until it gets more than %i answers',
    async (answers) => {
      const events = await openEvents({ databaseUrl: door.url, redisUrl: undefined, log: silentLog })
      const [near, far] = [await openPostgresBackend(databaseUrl), await openPostgresBackend(door.url)]
      const dispatch = await openDispatch({ backend: near, log: silentLog })
      const arrivals = new EventEmitter()
      const heard: string[] = []
      const hear = (what: string) => {
        heard.push(what)
        arrivals.emit('arrival')
      }
      events.listen(({ id }) => hear(id))
      const consumer = await startConsumer({
        backend: far,
        concurrency: 1,
        log: silentLog,
        deliver: async (delivery) => hear(jobOf(delivery)),
      })
      const before = door.countTurnedAway()
      door.turnAwayAfter(answers)
      const client = new pg.Client({ connectionString: databaseUrl })
      await client.connect()
      await query(
        client,
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name in ('tributary job events', 'tributary-jobs')`,
      )
      await client.end()
      while (door.countTurnedAway() < before + 6) await sleep(20)
      door.turnAwayAfter(undefined)
      const id = randomUUID()
      await dispatch.send([{ id, attempt: 0, resend: 0, delayMs: 0 }])
      while (!heard.includes(id)) await once(arrivals, 'arrival')
      const message = randomUUID()
      while (!heard.includes(message)) {
        await events.publish({ kind: 'cancelRequested', id: message }).catch(() => undefined)
        await sleep(20)
      }
      await consumer.stop()
      await dispatch.stop()
      for (const opened of [far, near, events]) await opened.stop()
    },
  )
})

function jobOf(delivery: DeliveryData): string {
  return 'id' in delivery ? delivery.id : 'none'
}

function describeMessage(message: JobMessage): string {
  return message.kind === 'changed' ? `${message.seq}` : 'cancel'
}
