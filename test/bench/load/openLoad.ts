import { createRequests, type NextName } from './createRequests.ts'
import { createHistogram } from './histogram.ts'
import { type Connection, openConnection } from './openConnection.ts'

/** What to send, and where to. */
export type LoadTarget = {
  port: number
  path: string
  /** The JSON body. */
  body: string
  /** In the body, a word that each request replaces by a new one of the same length. */
  renamed?: string
  /** One token a connection: their number is the number of connections. */
  tokens: readonly string[]
}

export type LoadResult = {
  requests: number
  /** Answers that were not 200, or not the bytes of the first one. */
  failures: number
  elapsedMs: number
  p50Ms: number
  p99Ms: number
  answerBytes: number
  /** The beginning of a wrong answer, or what broke a connection. */
  failure?: string
}

export type Load = { run(durationMs: number): Promise<LoadResult>; close(): void }

/**
 * Opens the connections. `run` keeps each of them busy (closed loop) until the time is over, then waits for what is under way: so
 * CPU time from its start to its end belongs to exactly the requests that it counts.
 */
export async function openLoad(target: LoadTarget, nextName: NextName): Promise<Load> {
  const connections = await Promise.all(
    target.tokens.map(async (token) => ({
      connection: await openConnection(target.port),
      nextRequest: createRequests(target, token, nextName),
    })),
  )
  const expected = await firstAnswer(connections[0])
  return {
    async run(durationMs) {
      const tally = { requests: 0, failures: 0, failure: '', latencies: createHistogram() }
      const start = performance.now()
      const compared = target.renamed ? undefined : expected
      const loops = connections.map((one) => repeat({ ...one, expected: compared, until: start + durationMs, tally }))
      await Promise.all(loops)
      return {
        requests: tally.requests,
        failures: tally.failures,
        elapsedMs: performance.now() - start,
        p50Ms: tally.latencies.percentile(0.5),
        p99Ms: tally.latencies.percentile(0.99),
        answerBytes: expected.length,
        ...(tally.failures > 0 && { failure: tally.failure }),
      }
    },
    close() {
      for (const { connection } of connections) connection.close()
    },
  }
}

type Client = { connection: Connection; nextRequest: () => Buffer | string }

async function firstAnswer(client: Client | undefined): Promise<Buffer> {
  if (!client) throw new Error('Expected at least one connection')
  const pieces: Buffer[] = []
  const status = await client.connection.send(client.nextRequest(), (piece) => pieces.push(Buffer.from(piece)))
  const answer = Buffer.concat(pieces)
  if (status !== 200) throw new Error(`Expected status 200, got ${status}: ${answer.toString().slice(0, 300)}`)
  return answer
}

type Loop = Client & {
  expected: Buffer | undefined
  until: number
  tally: { requests: number; failures: number; failure: string; latencies: ReturnType<typeof createHistogram> }
}

async function repeat({ connection, nextRequest, expected, until, tally }: Loop): Promise<void> {
  let offset = 0
  let isSame = true
  let beginning = ''
  const onBody = (piece: Buffer) => {
    if (expected && !piece.equals(expected.subarray(offset, offset + piece.length))) isSame = false
    if (!isSame && beginning === '') beginning = piece.toString('utf8', 0, 300)
    offset += piece.length
  }
  for (let startedAt = performance.now(); startedAt < until; ) {
    offset = 0
    isSame = true
    let status = 0
    try {
      status = await connection.send(nextRequest(), onBody)
    } catch (error) {
      tally.failures++
      tally.failure = String(error)
      return
    }
    const endedAt = performance.now()
    tally.requests++
    tally.latencies.record(endedAt - startedAt)
    startedAt = endedAt
    if (status !== 200 || !isSame || (expected && offset !== expected.length)) {
      tally.failures++
      tally.failure = `status ${status}, ${offset} bytes: ${beginning}`
    }
  }
}
