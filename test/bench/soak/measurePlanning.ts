import { queries } from '../graph/queries.ts'
import type { LoadResult } from '../load/openLoad.ts'
import { bodyOf } from '../measure/postOperation.ts'
import type { LoadProcess } from '../process/startLoad.ts'

/** How long it is measured for, and before that until everything is warm and planned elsewhere, in milliseconds. */
const measuredMs = 8_000
const warmUpMs = 4_000

/** What is different in each operation that is new. */
const renamed = 'neverYet'

/** What a client who asks for operations that were never seen before costs those who ask for a known one. */
export async function measurePlanning(options: {
  port: number
  tokens: readonly string[]
  /** Who asks for the known one, a few at a time. */
  known: LoadProcess
  /** Who asks for new ones, one after the other. */
  unknown: LoadProcess
}): Promise<{
  measure: string
  p50Ms: number
  p99Ms: number
  p50MsBeside: number
  p99MsBeside: number
  newPerSecond: number
}> {
  const { port, tokens, known, unknown } = options
  const target = { port, path: '/graphql' }
  const { small, heavy } = queries
  await known.open({ ...target, body: bodyOf(small), tokens: tokens.slice(0, 2) })
  await known.run(warmUpMs)
  const alone = ofUse(await known.run(measuredMs))
  await unknown.open({
    ...{ ...target, tokens: tokens.slice(2, 3) },
    body: bodyOf({ text: heavy.text.replace('users(', `${renamed}: users(`) }),
    renamed,
  })
  await unknown.run(warmUpMs)
  const [beside, fresh] = await Promise.all([known.run(measuredMs), unknown.run(measuredMs)])
  ofUse(fresh)
  return {
    measure:
      'a known operation alone, and beside a client whose operations were never seen before, and take long to plan',
    p50Ms: round(alone.p50Ms),
    p99Ms: round(alone.p99Ms),
    p50MsBeside: round(ofUse(beside).p50Ms),
    p99MsBeside: round(beside.p99Ms),
    newPerSecond: Math.round(fresh.requests / (measuredMs / 1_000)),
  }
}

const round = (ms: number) => Math.round(ms * 100) / 100

function ofUse(result: LoadResult): LoadResult {
  if (result.failures > 0) throw new Error(`${result.failures} requests failed: ${result.failure}`)
  return result
}
