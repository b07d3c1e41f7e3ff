import type { Room } from './Room.ts'

/** How each subgraph answers now, for `/readyz`. */
export type Readiness = {
  /** `degraded` when a subgraph does not answer: its fields are null, the others' are there. */
  status: 'healthy' | 'degraded' | 'draining'
  /** Which version of the graph is served. */
  generation: string
  subgraphs: Record<string, { status: 'healthy' | 'unreachable'; code?: string }>
}

/** How long a subgraph may take to say that it is there, and how long what was found is told again. */
const timeoutMs = 1_000
const maxAgeMs = 1_000

/** Looks at all subgraphs at once, with the cheapest query there is; at most once a second, however often it is asked. */
export function createReadiness(room: Room): () => Promise<Readiness> {
  let last: { startedMs: number; found: Promise<Readiness> } | undefined
  return () => {
    if (!last || performance.now() - last.startedMs > maxAgeMs)
      last = { startedMs: performance.now(), found: look(room) }
    return last.found.then((found) => (room.isDraining() ? { ...found, status: 'draining' } : found))
  }
}

async function look(room: Room): Promise<Readiness> {
  const generation = room.current()
  const looked = [...generation.subgraphs.keys()].map(async (name) => [name, await probe(room, name)] as const)
  const subgraphs = Object.fromEntries(await Promise.all(looked))
  const isHealthy = Object.values(subgraphs).every(({ status }) => status === 'healthy')
  return { status: isHealthy ? 'healthy' : 'degraded', generation: generation.id, subgraphs }
}

async function probe(room: Room, subgraph: string): Promise<Readiness['subgraphs'][string]> {
  const context = room.createContext({ headers: {}, identity: undefined, signal: AbortSignal.timeout(timeoutMs) })
  const answer = await room
    .transportOf(room.current())
    .execute({ subgraph, operation: 'query', body: '{"query":"query Readiness { __typename }"}' }, context)
  return answer.kind === 'answer' ? { status: 'healthy' } : { status: 'unreachable', code: answer.code }
}
