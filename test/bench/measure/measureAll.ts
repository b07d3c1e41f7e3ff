import type { WarmUp } from '../benchSettings.ts'
import { type QueryName, queries } from '../graph/queries.ts'
import { readUsage } from '../process/readUsage.ts'
import type { LoadProcess } from '../process/startLoad.ts'
import type { Measurement } from './Measurement.ts'
import { answers } from './pairs.ts'
import { bodyOf } from './postOperation.ts'
import type { StartedGateway } from './startGateway.ts'

/**
 * Measures every gateway with every query: rounds interleaved, so that what the machine does meanwhile meets all alike; a warm-up
 * before each pair's first round. Rejects when a gateway fails a request under load.
 */
export async function measureAll(options: {
  gateways: readonly StartedGateway[]
  queryNames: readonly QueryName[]
  load: LoadProcess
  tokens: readonly string[]
  rounds: number
  warmUp: Readonly<Record<QueryName, WarmUp>>
  roundMs: number
  /** No round after the first begins when the program has run for so long. */
  budgetMs: number
  report(line: string): void
}): Promise<Measurement[]> {
  const measured = new Map<string, Measurement[]>()
  for (let round = 1; round <= options.rounds; round++) {
    for (const query of options.queryNames) {
      for (const started of options.gateways) {
        if (!answers(started.gateway, query)) continue
        if (round > 1 && performance.now() > options.budgetMs) continue
        const measurement = await measureOne({ ...options, started, query, isFirst: round === 1 })
        const { gateway, cpuMsPerRequest, rps } = measurement
        options.report(`round ${round} ${query} ${gateway}: ${cpuMsPerRequest.toFixed(3)} ms CPU, ${rps.toFixed(0)}/s`)
        const key = `${query} ${gateway}`
        measured.set(key, [...(measured.get(key) ?? []), measurement])
      }
    }
  }
  return [...measured.values()].flatMap(medians)
}

async function measureOne(options: {
  started: StartedGateway
  query: QueryName
  load: LoadProcess
  tokens: readonly string[]
  warmUp: Readonly<Record<QueryName, WarmUp>>
  roundMs: number
  isFirst: boolean
}): Promise<Measurement> {
  const { started, query, load, tokens } = options
  const { gateway, port, pid } = started
  const { renamed } = queries[query]
  await load.open({ port, path: gateway.path, body: bodyOf(queries[query]), tokens, ...(renamed && { renamed }) })
  if (options.isFirst) await warm(load, pid, options.warmUp[query])
  const before = readUsage(pid)
  const result = await load.run(options.roundMs)
  const after = readUsage(pid)
  await load.close()
  started.clearLog()
  if (result.failures > 0) {
    throw new Error(
      `${gateway.name} failed ${result.failures} of ${result.requests} ${query} requests: ${result.failure}`,
    )
  }
  return {
    gateway: gateway.name,
    query,
    cpuMsPerRequest: (after.cpuMs - before.cpuMs) / result.requests,
    rps: (result.requests / result.elapsedMs) * 1_000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssMb: after.rssMb,
    answerBytes: result.answerBytes,
  }
}

/** Below this share of the round before, a round of the warm-up has made requests notably cheaper. */
const notablyCheaper = 0.9

async function warm(load: LoadProcess, pid: number, { durationMs, atLeast, atMost }: WarmUp): Promise<void> {
  let previous = Number.POSITIVE_INFINITY
  for (let times = 1; times <= atMost; times++) {
    const before = readUsage(pid).cpuMs
    const { requests } = await load.run(durationMs)
    const cost = (readUsage(pid).cpuMs - before) / requests
    if (times >= atLeast && cost > previous * notablyCheaper) return
    previous = cost
  }
}

function medians(rounds: readonly Measurement[]): Measurement[] {
  const last = rounds.at(-1)
  if (!last) return []
  const median = (field: 'cpuMsPerRequest' | 'rps' | 'p50Ms' | 'p99Ms', digits: number) => {
    const sorted = rounds.map((round) => round[field]).sort((left, right) => left - right)
    const half = (sorted.length - 1) / 2
    const middle = ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2
    return Number(middle.toFixed(digits))
  }
  return [
    {
      ...last,
      cpuMsPerRequest: median('cpuMsPerRequest', 4),
      rps: median('rps', 1),
      p50Ms: median('p50Ms', 3),
      p99Ms: median('p99Ms', 3),
      rssMb: Number(last.rssMb.toFixed(1)),
    },
  ]
}
