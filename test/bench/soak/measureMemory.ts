import { type QueryName, queries } from '../graph/queries.ts'
import { bodyOf } from '../measure/postOperation.ts'
import { readUsage } from '../process/readUsage.ts'
import type { LoadProcess } from '../process/startLoad.ts'

/** What comes by turns; operations that were never seen before fill the cache of compiled ones to its bound. */
const turns: readonly QueryName[] = ['small', 'medium', 'heavy', 'wide', 'uncached']

/** How long one query comes until it is another's turn, in milliseconds. */
const turnMs = 2_000

/** Resident memory of the gateway while many requests come, ten looks at it evenly spread. */
export async function measureMemory(options: {
  port: number
  pid: number
  tokens: readonly string[]
  load: LoadProcess
  requests: number
}): Promise<{ measure: string; requests: number; rssMb: number[] }> {
  const { port, pid, tokens, load, requests } = options
  const rssMb: number[] = []
  let count = 0
  for (let turn = 0; count < requests; turn++) {
    const name = turns[turn % turns.length] ?? 'small'
    const { renamed } = queries[name]
    await load.open({ port, path: '/graphql', body: bodyOf(queries[name]), tokens, ...(renamed && { renamed }) })
    const result = await load.run(turnMs)
    await load.close()
    if (result.failures > 0) throw new Error(`${result.failures} ${name} requests failed: ${result.failure}`)
    count += result.requests
    if (count >= ((rssMb.length + 1) * requests) / 10) rssMb.push(Math.round(readUsage(pid).rssMb))
  }
  return { measure: 'memory over many requests of all queries', requests: count, rssMb }
}
