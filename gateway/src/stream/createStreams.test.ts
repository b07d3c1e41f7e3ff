import type { Identity } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import fc from 'fast-check'
import { buildSchema } from 'graphql'
import { neverCancelled } from '../executor/CancelSignal.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { CompiledSubscription } from '../operation/CompiledOperation.ts'
import { subscriptionCursor } from '../operation/subscriptionCursor.ts'
import type { UpstreamRequest } from '../transport/Upstream.ts'
import { createUpstreamBuffer, type UpstreamBuffer } from '../transport/upstreamBuffer.ts'
import { createStreams } from './createStreams.ts'
import type { EventStream } from './EventStream.ts'
import { defaultStreamLimits, type StreamLimits } from './StreamLimits.ts'

const schema = buildSchema(`
  type Query { x: Int }
  type Subscription { changes(job: String, after: Int): Change, plain: Change }
  type Change { seq: Int, state: String, progress: Int, skipped: Int }
`)

/** A change of a job: a step, or progress of the step before it. */
type Entry = { seq: number; state: string; progress: number | null; skipped: number }

describe('subscriptions that are the same', () => {
  test('share one subscription upstream and one completion of each event, whose text is written once', async () => {
    const world = createWorld()
    const followers = Array.from({ length: 1_000 }, () => world.open())
    const first = await Promise.all(followers.map((stream) => stream.next()))
    expect(world.counts()).toEqual({ upstream: 1, completions: 1, shared: 1 })
    const next = followers.map((stream) => stream.next())
    world.append('step')
    const results = await Promise.all(next)
    expect(world.counts()).toEqual({ upstream: 1, completions: 2, shared: 1 })
    for (const [n, one] of [...first, ...results].entries()) expect(seqOf(one)).toBe(n < 1_000 ? 1 : 2)
    for (const { value } of results) expect(value).toBe(results[0]?.value)
    world.finish()
    for (const stream of followers) expect(await rest(stream)).toMatchObject([{ seq: 3, state: 'end' }])
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
  })

  test('trap 3: the last one that leaves frees the upstream at once, while it waits and while an event is completed', async () => {
    const world = createWorld()
    const [one, other] = [world.open(), world.open()]
    const waiting = [one.next(), other.next()]
    await Promise.all(waiting)
    const [left, stays] = [one.next(), other.next()]
    await one.return()
    expect(await left).toEqual({ done: true, value: undefined })
    expect(world.counts().upstream).toBe(1)
    world.append('step')
    expect(seqOf(await stays)).toBe(2)
    world.hold()
    world.append('step')
    const held = other.next()
    await turn()
    await other.return()
    await other.return()
    expect(await held).toEqual({ done: true, value: undefined })
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
    expect(world.ends).toEqual(['left', 'left'])
  })

  test('trap 7: another user, other scopes, other headers that are passed on or other variables are not the same', async () => {
    const world = createWorld()
    const same = [world.open(), world.open({ expiresAtMs: Date.now() + 1_000 }), world.open({}, { traceparent: 'x' })]
    const others = [
      world.open({ userId: 'bob' }),
      world.open({ scopes: ['all'] }),
      world.open({}, { 'x-tenant': 'one' }),
      world.open({}, {}, { job: 'other' }),
    ]
    for (const stream of [...same, ...others]) await stream.next()
    expect(world.counts()).toMatchObject({ upstream: 5, shared: 5 })
    for (const stream of [...same, ...others]) await stream.return()
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
  })

  test('trap 7: a renewed token with other scopes gets nothing that was fetched for the old ones, and misses nothing', async () => {
    const world = createWorld()
    const identity = identityOf({ scopes: ['all'] })
    let mine = identity
    const [one, other] = [world.open(() => mine), world.open(() => identity)]
    for (const stream of [one, other]) await stream.next()
    mine = identityOf({ scopes: [] })
    const next = [one.next(), other.next()]
    world.append('step')
    const [ofOne, ofOther] = await Promise.all(next)
    expect([seqOf(ofOne), seqOf(ofOther)]).toEqual([2, 2])
    expect(world.completedFor.slice(-2)).toEqual([['all'], []])
    expect(world.counts()).toMatchObject({ upstream: 2, shared: 2 })
    await one.return()
    await other.return()
  })

  test('trap 7: events are completed with a token that is good, also when the first one has expired', async () => {
    const world = createWorld()
    const now = Date.now()
    const first = world.open({ expiresAtMs: now - 1 })
    const second = world.open({ expiresAtMs: now + 60_000 })
    for (const stream of [first, second]) await stream.next()
    world.append('step')
    await second.next()
    expect(world.completedUntil.at(-1)).toBe(now + 60_000)
    await first.return()
    await second.return()
  })

  test('a subscription without a cursor has its own: what a new one would give is not known', async () => {
    const world = createWorld({ query: 'subscription { plain { seq } }' })
    const streams = [world.open(), world.open()]
    await Promise.all(streams.map((stream) => stream.next()))
    expect(world.counts()).toEqual({ upstream: 2, completions: 2, shared: 0 })
    for (const stream of streams) await stream.return()
    expect(world.counts().upstream).toBe(0)
  })
})

describe('who joins late', () => {
  test('gets the newest event, and one with a cursor exactly what is behind it, from what is kept', async () => {
    const world = createWorld()
    const early = world.open()
    for (let n = 0; n < 4; n++) world.append('step')
    for (let n = 1; n <= 5; n++) expect(seqOf(await early.next())).toBe(n)
    const late = world.open()
    const behind = world.open({}, {}, { after: 2 })
    world.finish()
    expect((await rest(late)).map(({ seq }) => seq)).toEqual([5, 6])
    expect((await rest(behind)).map(({ seq }) => seq)).toEqual([3, 4, 5, 6])
    expect(world.asked).toHaveLength(1)
    await rest(early)
  })

  test('has an upstream of its own until it has caught up where too little is kept', async () => {
    const world = createWorld({ limits: { maxKeptEvents: 2 } })
    for (let n = 0; n < 4; n++) world.append('step')
    const early = world.open()
    await early.next()
    const behind = world.open({}, {}, { after: 1 })
    for (const seq of [2, 3, 4, 5]) expect(seqOf(await behind.next())).toBe(seq)
    expect(world.counts().upstream).toBe(2)
    const next = [early.next(), behind.next()]
    expect(world.counts().upstream).toBe(1)
    world.append('step')
    for (const one of await Promise.all(next)) expect(seqOf(one)).toBe(6)
    await early.return()
    await behind.return()
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
  })

  test('is not given as new what may be old: the shared stream began in the past, or is lost', async () => {
    const world = createWorld()
    for (let n = 0; n < 4; n++) world.append('step')
    const behind = world.open({}, {}, { after: 1 })
    await behind.next()
    const late = world.open()
    expect(seqOf(await late.next())).toBe(5)
    world.lose()
    world.append('step')
    await turn()
    const later = world.open()
    expect(seqOf(await later.next())).toBe(6)
    for (const stream of [behind, late, later]) await stream.return()
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
  })

  test.each([
    ['the newest that is on its way', 3, 1],
    ['of its own, where more may have come than that', 5, 2],
  ])('is given what is newest when it joins, not what was told last: %s', async (_what, newest, upstreams) => {
    const world = createWorld({ limits: { maxEventsInFlight: 3 } })
    const early = world.open()
    expect(seqOf(await early.next())).toBe(1)
    const letGo = world.hold()
    for (let seq = 2; seq <= newest; seq++) world.append('step')
    await turn()
    const late = world.open()
    const first = late.next()
    expect(world.counts().upstream).toBe(upstreams)
    letGo()
    expect(seqOf(await first)).toBe(newest)
    await early.return()
    await late.return()
  })

  test('is told of nothing that was left out before it came', async () => {
    const world = createWorld()
    const early = world.open()
    world.append('step')
    world.append('progress')
    await turn()
    await early.next()
    expect(entryOf((await early.next()).value?.text ?? '')).toMatchObject({ seq: 3, skipped: 1 })
    const late = world.open()
    expect(entryOf((await late.next()).value?.text ?? '')).toMatchObject({ seq: 3, skipped: 0 })
    world.append('progress')
    expect(entryOf((await late.next()).value?.text ?? '')).toMatchObject({ seq: 4, skipped: 0 })
    await early.return()
    await late.return()
  })
})

describe('who reads slowly', () => {
  test('trap 5: waits with bounded memory and holds up nobody; progress gives way, and the stream says how much', async () => {
    const world = createWorld()
    const [slow, fast] = [world.open(), world.open()]
    await slow.next()
    await fast.next()
    for (let n = 0; n < 500; n++) {
      const next = fast.next()
      world.append('progress')
      expect(seqOf(await next)).toBe(n + 2)
    }
    world.append('step')
    world.finish()
    expect(await rest(slow)).toEqual([
      { seq: 501, state: 'step 1', progress: 501, skipped: 499 },
      { seq: 502, state: 'step 502', progress: null, skipped: 0 },
      { seq: 503, state: 'end', progress: null, skipped: 0 },
    ])
    expect((await rest(fast)).map(({ seq, skipped }) => [seq, skipped])).toEqual([
      [502, 0],
      [503, 0],
    ])
  })

  test('trap 5: past its bounds it leaves, and loses nothing when it reads again', async () => {
    const world = createWorld({ limits: { maxWaitingEvents: 5 } })
    const [slow, fast] = [world.open(), world.open()]
    await slow.next()
    await fast.next()
    for (let n = 0; n < 50; n++) {
      const next = fast.next()
      world.append('step')
      await next
    }
    const alone = world.open({ userId: 'bob' })
    await alone.next()
    for (let n = 0; n < 50; n++) world.append('step')
    await turn()
    // Nobody holds anything for those who do not read.
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
    world.finish()
    expect((await rest(slow)).map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, n) => n + 2))
    expect((await rest(alone)).map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, n) => n + 52))
    await rest(fast)
    expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
  })
})

test('traps 4 and 9: whoever comes, reads, waits, leaves and is cut off when: each sees every change once, in order', async () => {
  const act = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        what: fc.constantFrom('step', 'progress', 'progress'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const), after: fc.option(fc.nat(3)) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), who: fc.nat(9), count: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), fc.option(fc.nat(200)), async (acts, loseAt) => {
      const world = createWorld({
        limits: { maxWaitingEvents: 3, maxKeptEvents: 3, maxEventsInFlight: 2 },
        isSlow: true,
      })
      const followers: Follower[] = []
      for (const [n, one] of acts.entries()) {
        if (n === loseAt) world.lose()
        const follower = 'who' in one ? followers[one.who] : undefined
        if (one.kind === 'append') world.append(one.what === 'step' ? 'step' : 'progress')
        if (one.kind === 'turn') await turn()
        if (one.kind === 'leave' && follower) {
          follower.hasLeft = true
          await follower.stream.return()
        }
        if (one.kind === 'read' && follower) follower.wants += one.count
        if (one.kind !== 'open') continue
        // What the subgraph has said has arrived.
        await turn()
        const after = one.after === null ? undefined : Math.min(one.after, world.newest())
        const stream = world.open({}, {}, after === undefined ? {} : { after })
        const opened: Follower = { stream, openedAt: world.newest(), after, seen: [], hasLeft: false, wants: 0 }
        followers.push(opened)
        opened.reading = read(opened)
      }
      world.finish()
      for (const follower of followers) follower.wants = Number.POSITIVE_INFINITY
      await Promise.all(followers.map(({ reading }) => reading))
      for (const follower of followers) check(world.log, follower)
      expect(world.counts()).toMatchObject({ upstream: 0, shared: 0 })
      expect(world.ends).toHaveLength(followers.length)
    }),
    { numRuns: 100 },
  )
})

type Follower = {
  stream: EventStream
  /** The newest `seq` when it was opened. */
  openedAt: number
  after: number | undefined
  seen: Entry[]
  hasLeft: boolean
  /** How many events it is willing to read. */
  wants: number
  reading?: Promise<void>
}

/** Reads as many as the follower wants, which may become more. */
async function read(follower: Follower): Promise<void> {
  for (;;) {
    if (follower.hasLeft) return
    if (follower.wants <= 0) {
      await turn()
      continue
    }
    follower.wants--
    const { done, value } = await follower.stream.next()
    if (done) return
    follower.seen.push(entryOf(value.text))
  }
}

function check(log: readonly Entry[], { seen, openedAt, after, hasLeft }: Follower): void {
  let told = after
  for (const entry of seen) {
    const from = entry.seq - entry.skipped
    // Without a cursor the first is what was newest, or newer.
    if (told === undefined) expect(from).toBeGreaterThanOrEqual(openedAt)
    else expect(from).toBe(told + 1)
    for (const skipped of log.slice(from - 1, entry.seq - 1)) expect(skipped.state).toBe(entry.state)
    expect({ ...entry, skipped: 0 }).toEqual(log[entry.seq - 1])
    told = entry.seq
  }
  if (!hasLeft) expect(told).toBe(log.length)
}

/** One job that changes, a subgraph that tells of it, and streams over that. */
function createWorld(
  options: {
    query?: string
    limits?: Partial<StreamLimits> /** Completing takes some turns. */
    isSlow?: boolean
  } = {},
) {
  const query =
    options.query ??
    'subscription ($job: String, $after: Int) { changes(job: $job, after: $after) { seq state progress skipped } }'
  const cursor = subscriptionCursor(query, schema)
  const log: Entry[] = [{ seq: 1, state: 'step 1', progress: null, skipped: 0 }]
  const open = new Set<UpstreamBuffer>()
  const asked: UpstreamRequest[] = []
  const ends: string[] = []
  const completedFor: (readonly string[] | undefined)[] = []
  const completedUntil: (number | undefined)[] = []
  let hasEnded = false
  let held: Promise<void> | undefined
  let letGo = () => {}
  const streams = createStreams({
    upstream: {
      subscribe(request) {
        asked.push(request)
        const buffer = createUpstreamBuffer({ maxEvents: 1_000, maxBytes: 1e6, onStop: () => open.delete(buffer) })
        const given = /after:(\d+)/.exec(request.query)?.[1] ?? request.variables.after
        const after = given === undefined ? log.length - 1 : Number(given)
        for (const entry of log.slice(after)) tell(buffer, entry)
        if (hasEnded) buffer.end({ kind: 'complete' })
        else open.add(buffer)
        return buffer.stream
      },
      counts: () => ({ sockets: 0, streams: open.size }),
    },
    limits: { ...defaultStreamLimits, ...options.limits },
    onFault(error) {
      throw error
    },
  })
  const operation: CompiledSubscription = {
    kind: 'subscription',
    name: undefined,
    primary: {
      subgraph: 'jobs',
      cursor,
      request: (variables = {}) => ({
        kind: 'request',
        query: cursor?.query ?? query,
        variables,
        asked: JSON.stringify({ ...variables, after: null }),
      }),
    },
    async completeEvent({ data }, { context }) {
      completedFor.push(context.identity?.scopes)
      completedUntil.push(context.identity?.expiresAtMs)
      await held
      if (options.isSlow) for (let n = 0; n < completedFor.length % 3; n++) await turn()
      return { data: JSON.stringify(data) }
    },
  }
  return {
    log,
    asked,
    ends,
    completedFor,
    completedUntil,
    newest: () => log.length,
    open(who: Partial<Identity> | (() => Identity) = {}, headers = {}, variables = {}): EventStream {
      const identity = typeof who === 'function' ? who : identityOf(who)
      const context: RequestContext = {
        requestId: 'test',
        headers,
        signal: neverCancelled,
        get identity() {
          return typeof identity === 'function' ? identity() : identity
        },
      }
      const transport = { execute: () => Promise.reject(new Error('Expected no request')) }
      const onEnd = ({ kind }: { kind: string }) => void ends.push(kind)
      const opened = streams.open({ operation, variables, context, transport, onEnd })
      if (opened.kind !== 'stream') throw new Error('Expected a stream')
      return opened.stream
    },
    append(what: 'step' | 'progress') {
      const seq = log.length + 1
      const state = what === 'step' ? `step ${seq}` : (log.at(-1)?.state ?? '')
      add({ seq, state, progress: what === 'step' ? null : seq, skipped: 0 })
    },
    finish() {
      add({ seq: log.length + 1, state: 'end', progress: null, skipped: 0 })
      hasEnded = true
      for (const buffer of open) buffer.end({ kind: 'complete' })
      open.clear()
    },
    /** The subgraph's socket dies; it can be had again at once. */
    lose() {
      for (const buffer of open) buffer.end({ kind: 'failed', error: codedError('SUBGRAPH_STREAM_LOST', 'lost') })
      open.clear()
    },
    /** From now on no event is completed, until what it gives is called. */
    hold() {
      held = new Promise((resolve) => {
        letGo = resolve
      })
      return () => letGo()
    },
    counts: () => ({ upstream: open.size, completions: completedFor.length, shared: streams.sharedCount() }),
  }

  function add(entry: Entry): void {
    log.push(entry)
    for (const buffer of open) tell(buffer, entry)
  }

  function tell(buffer: UpstreamBuffer, entry: Entry): void {
    buffer.push({ data: { [cursor ? 'changes' : 'plain']: { ...entry } } }, 100)
  }
}

function identityOf(given: Partial<Identity>): Identity {
  return { userId: 'ada', scopes: [], expiresAtMs: Date.now() + 60_000, ...given }
}

async function rest(stream: EventStream): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const { text } of stream) entries.push(entryOf(text))
  return entries
}

function entryOf(text: string): Entry {
  return JSON.parse(text).data.changes
}

function seqOf(result: IteratorResult<{ seq?: number }, undefined> | undefined): number | undefined {
  return result?.value?.seq
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
