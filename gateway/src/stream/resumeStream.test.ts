import { codedError, type ErrorCode } from '@tributary/schema'
import { buildSchema } from 'graphql'
import { subscriptionCursor } from '../operation/subscriptionCursor.ts'
import type { UpstreamRequest } from '../transport/Upstream.ts'
import { createUpstreamBuffer, type UpstreamBuffer } from '../transport/upstreamBuffer.ts'
import { resumeStream } from './resumeStream.ts'

const schema = buildSchema(`
  type Query { x: Int }
  type Subscription { changes(channel: String, after: Int): Change, plain: Change, number(after: Int): Int }
  type Change { seq: Int, name: String }
`)
const query = 'subscription($channel: String, $a: Int) { changes(channel: $channel, after: $a) { name } }'

/** A stream over buffers that the test feeds: one for each time that it subscribes. */
function open(options: { resumeTimeoutMs?: number; failsAgain?: ErrorCode; timesAway?: number } = {}) {
  const cursor = subscriptionCursor(query, schema)
  if (!cursor) throw new Error('Expected a cursor')
  const asked: UpstreamRequest[] = []
  const buffers: UpstreamBuffer[] = []
  const request: UpstreamRequest = {
    subgraph: 'feed',
    query: cursor.query,
    variables: { channel: 'one', a: 0 },
    context: { requestId: '1', identity: undefined, headers: {}, signal: new AbortController().signal },
  }
  const stream = resumeStream({
    upstream: {
      subscribe(given) {
        const buffer = createUpstreamBuffer({ maxEvents: 10, maxBytes: 1e6, onStop() {} })
        if (options.failsAgain && asked.length > 0 && asked.length <= (options.timesAway ?? 1_000))
          lose(buffer, options.failsAgain)
        asked.push(given)
        buffers.push(buffer)
        return buffer.stream
      },
      counts: () => ({ sockets: 0, streams: 0 }),
    },
    request,
    cursor,
    resumeTimeoutMs: options.resumeTimeoutMs ?? 10_000,
  })
  const newest = () => {
    const buffer = buffers.at(-1)
    if (!buffer) throw new Error('Expected a subscription')
    return buffer
  }
  return { stream, asked, newest, seqs: (...seqs: number[]) => seqs.map((seq) => newest().push(change(seq), 1)) }
}

function change(seq: number) {
  return { data: { changes: { name: 'x', seq } } }
}

function lose(buffer: UpstreamBuffer, code: ErrorCode): void {
  buffer.end({ kind: 'failed', error: codedError(code, 'lost') })
}

describe('resumeStream', () => {
  test('traps 6 and 9: goes on behind the last `seq`, without the variables that are of no use any more, and drops what it has told', async () => {
    const { stream, asked, newest, seqs } = open()
    seqs(1, 2)
    lose(newest(), 'SUBGRAPH_STREAM_LOST')
    expect(await stream.next()).toMatchObject({ result: change(1) })
    expect(await stream.next()).toMatchObject({ result: change(2) })
    const third = stream.next()
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve))
    seqs(1, 2, 3)
    expect(await third).toMatchObject({ result: change(3) })
    expect(asked[1]?.query).toBe('subscription($channel:String){changes(channel:$channel after:2){name seq}}')
    expect(asked[1]?.variables).toEqual({ channel: 'one' })
    newest().end({ kind: 'complete' })
    expect(await stream.next()).toEqual({ kind: 'complete' })
  })

  test('tells the loss when the deadline has passed, whatever the last try said', async () => {
    const { stream, newest, seqs } = open({ resumeTimeoutMs: 300, failsAgain: 'SUBREQUEST_HTTP_ERROR' })
    seqs(1)
    lose(newest(), 'SUBGRAPH_STREAM_LOST')
    await stream.next()
    expect(await stream.next()).toMatchObject({ error: { extensions: { code: 'SUBGRAPH_STREAM_LOST' } } })
  })

  test('goes on trying while what the subgraph needs is away', async () => {
    const { stream, asked, newest, seqs } = open({ failsAgain: 'SERVICE_UNAVAILABLE', timesAway: 2 })
    seqs(1)
    lose(newest(), 'SUBGRAPH_STREAM_LOST')
    await stream.next()
    const second = stream.next()
    while (asked.length < 4) await new Promise((resolve) => setImmediate(resolve))
    seqs(2)
    expect(await second).toMatchObject({ result: change(2) })
  })

  test('does not try again where it was refused, at first or later, nor when its reader has left', async () => {
    const refused = open()
    lose(refused.newest(), 'SUBREQUEST_HTTP_ERROR')
    expect(await refused.stream.next()).toMatchObject({ error: { extensions: { code: 'SUBREQUEST_HTTP_ERROR' } } })
    const later = open({ failsAgain: 'NOT_FOUND' })
    lose(later.newest(), 'SUBGRAPH_STREAM_LOST')
    expect(await later.stream.next()).toMatchObject({ error: { extensions: { code: 'NOT_FOUND' } } })
    const left = open()
    lose(left.newest(), 'SUBGRAPH_STREAM_LOST')
    const waiting = left.stream.next()
    await new Promise((resolve) => setImmediate(resolve))
    left.stream.stop()
    expect(await waiting).toEqual({ kind: 'complete' })
    expect(left.asked).toHaveLength(1)
  })

  test.each([
    ['a field without `after`', 'subscription { plain { seq } }'],
    ['a field that gives no object', 'subscription { number(after: 1) }'],
    ['another field under the name of `seq`', 'subscription { changes { seq: name } }'],
  ])('%s has no cursor', (_what, text) => expect(subscriptionCursor(text, schema)).toBeUndefined())
})
