import { queries } from '../graph/queries.ts'
import { createNames, createRequests } from '../load/createRequests.ts'
import { openConnection } from '../load/openConnection.ts'
import { bodyOf } from '../measure/postOperation.ts'
import { readUsage } from '../process/readUsage.ts'

/** How many come beyond the bound. */
const tooMany = 500
/** How many connections are opened at a time. */
const openedAtOnce = 100

export type CrowdFigures = {
  measure: string
  underWay: number
  answered: number
  failed: number
  /** Of those that came beyond the bound: how many got 503, and how long that took at most. */
  refused: number
  slowestRefusalMs: number
  kibPerRequest: number
}

/** So many requests under way at a time against subgraphs that take their time; then some more than the gateway takes. */
export async function measureCrowd(options: {
  port: number
  pid: number
  tokens: readonly string[]
  crowd: number
}): Promise<CrowdFigures> {
  const { port, pid, tokens, crowd } = options
  const body = bodyOf(queries.small)
  const nextName = createNames()
  const connections: { send(): Promise<number>; close(): void }[] = []
  const openUpTo = async (count: number) => {
    while (connections.length < count) {
      const size = Math.min(openedAtOnce, count - connections.length)
      const opened = await Promise.all(Array.from({ length: size }, () => openConnection(port)))
      for (const connection of opened) {
        const token = tokens[connections.length % tokens.length] ?? ''
        const next = createRequests({ port, path: '/graphql', body, tokens }, token, nextName)
        connections.push({ send: () => connection.send(next(), () => undefined), close: connection.close })
      }
    }
  }
  try {
    // Tokens, operation and media type are known after that.
    await openUpTo(tokens.length)
    for (let time = 0; time < 2; time++) await Promise.all(connections.map(({ send }) => send()))
    await openUpTo(crowd + tooMany)
    const before = readUsage(pid).rssMb
    const crowded = connections.slice(0, crowd).map(({ send }) => send())
    // They all get in before those that are too many: the gateway reads connections in turn.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    let slowestRefusalMs = 0
    const beyond = connections.slice(crowd).map(async ({ send }) => {
      const start = performance.now()
      const status = await send()
      slowestRefusalMs = Math.max(slowestRefusalMs, performance.now() - start)
      return status
    })
    const refusals = await Promise.all(beyond)
    const peak = readUsage(pid).rssMb
    const statuses = await Promise.all(crowded)
    return {
      measure: 'requests under way against subgraphs that take 2 s',
      underWay: crowd,
      answered: statuses.filter((status) => status === 200).length,
      failed: statuses.filter((status) => status !== 200).length,
      refused: refusals.filter((status) => status === 503).length,
      slowestRefusalMs: Math.round(slowestRefusalMs),
      kibPerRequest: Math.round(((peak - before) * 1_024) / crowd),
    }
  } finally {
    for (const { close } of connections) close()
  }
}
