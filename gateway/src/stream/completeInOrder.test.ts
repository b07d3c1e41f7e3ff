import { codedError } from '@tributary/schema'
import fc from 'fast-check'
import type { ExecutionResult } from 'graphql'
import type { CancelSignal } from '../executor/CancelSignal.ts'
import { createUpstreamBuffer } from '../transport/upstreamBuffer.ts'
import { completeInOrder, type StreamEnd } from './completeInOrder.ts'

function event(n: number): ExecutionResult {
  return { data: { n } }
}

function open(options: {
  complete?: (event: ExecutionResult, signal: CancelSignal) => Promise<ExecutionResult>
  eventTimeoutMs?: number
}) {
  const seen = { stops: 0, ends: [] as StreamEnd[] }
  const buffer = createUpstreamBuffer({ maxEvents: 1_000, maxBytes: 1e6, onStop: () => void seen.stops++ })
  const stream = completeInOrder({
    source: buffer.stream,
    complete: options.complete ?? (async (given) => given),
    maxInFlight: 4,
    eventTimeoutMs: options.eventTimeoutMs ?? 10_000,
    onEnd: (end) => void seen.ends.push(end),
  })
  return { buffer, stream, seen }
}

describe('completeInOrder', () => {
  test('trap 4: releases events in their order, a bounded number at a time, whatever order they are completed in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.scheduler(), async (count, scheduler) => {
        let inFlight = 0
        let mostInFlight = 0
        const { buffer, stream } = open({
          async complete(given) {
            mostInFlight = Math.max(mostInFlight, ++inFlight)
            await scheduler.schedule(Promise.resolve())
            inFlight--
            return given
          },
        })
        for (let n = 0; n < count; n++) buffer.push(event(n), 1)
        buffer.end({ kind: 'complete' })
        const read = (async () => {
          const all: unknown[] = []
          for await (const result of stream) all.push(result.data?.n)
          return all
        })()
        const all = await scheduler.waitFor(read)
        expect(all).toEqual(Array.from({ length: count }, (_, n) => n))
        expect(mostInFlight).toBeLessThanOrEqual(4)
      }),
      { numRuns: 200 },
    )
  })

  test('a loss upstream rejects once, after every event before it, and is then done', async () => {
    const { buffer, stream, seen } = open({})
    buffer.push(event(1), 1)
    const error = codedError('SUBGRAPH_STREAM_LOST', 'lost')
    buffer.end({ kind: 'failed', error })
    expect(await stream.next()).toEqual({ done: false, value: event(1) })
    await expect(stream.next()).rejects.toBe(error)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(seen.ends).toEqual([{ kind: 'failed', error }])
  })

  test('trap 2: return while next waits frees the source at once and ends the wait', async () => {
    const { stream, seen } = open({})
    const waiting = stream.next()
    const returned = stream.return()
    expect(seen).toEqual({ stops: 1, ends: [{ kind: 'left' }] })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await returned
    await stream.return()
    expect(seen).toEqual({ stops: 1, ends: [{ kind: 'left' }] })
  })

  test('the client leaving aborts what is being completed and ends the stream', async () => {
    const completing = withResolvers<CancelSignal>()
    const { buffer, stream, seen } = open({
      complete: (_, signal) => {
        completing.resolve(signal)
        return new Promise(() => {})
      },
    })
    buffer.push(event(1), 1)
    const waiting = stream.next()
    const signal = await completing.promise
    await stream.return()
    expect(signal.aborted).toBe(true)
    expect(seen).toEqual({ stops: 1, ends: [{ kind: 'left' }] })
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  test('an event past its deadline is aborted and comes partial; the next ones come whole', async () => {
    const { buffer, stream } = open({
      eventTimeoutMs: 10,
      complete: (given, signal) =>
        given.data?.n === 1
          ? new Promise((resolve) => {
              const partial = { data: { n: null }, errors: [codedError('SUBGRAPH_REQUEST_TIMEOUT', 'late')] }
              signal.addEventListener('abort', () => resolve(partial))
            })
          : Promise.resolve(given),
    })
    buffer.push(event(1), 1)
    buffer.push(event(2), 1)
    expect((await stream.next()).value?.data).toEqual({ n: null })
    expect((await stream.next()).value).toEqual(event(2))
    await stream.return()
  })

  test('takes no more from upstream than it may hold while nobody reads', async () => {
    let started = 0
    const { buffer, stream } = open({
      complete: async (given) => {
        started++
        return given
      },
    })
    for (let n = 0; n < 20; n++) buffer.push(event(n), 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toBe(4)
    await stream.return()
  })
})

/** `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((given) => {
    resolve = given
  })
  return { promise, resolve }
}
