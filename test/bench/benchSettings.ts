import { parseArgs } from 'node:util'
import { StartupError } from '@tributary/runtime'
import type { GatewayName } from './gateways/Gateway.ts'
import { type QueryName, queryNames } from './graph/queries.ts'

export type BenchSettings = {
  gateways: readonly GatewayName[]
  queries: readonly QueryName[]
  connections: number
  rounds: number
  warmUp: Readonly<Record<QueryName, WarmUp>>
  roundMs: number
  /** No second round begins when the program has run for so long. */
  budgetMs: number
  json: boolean
  profile: boolean
}

const always: readonly GatewayName[] = ['tributary', 'apollo-gateway', 'pass-through']
const quickWarmUp = {
  small: { durationMs: 900, atLeast: 2, atMost: 6 },
  medium: { durationMs: 600, atLeast: 2, atMost: 4 },
  heavy: { durationMs: 700, atLeast: 1, atMost: 1 },
  wide: { durationMs: 700, atLeast: 1, atMost: 1 },
  uncached: { durationMs: 700, atLeast: 1, atMost: 1 },
}

const fullWarmUp = {
  small: { durationMs: 2_000, atLeast: 2, atMost: 8 },
  medium: { durationMs: 2_000, atLeast: 2, atMost: 8 },
  heavy: { durationMs: 3_000, atLeast: 2, atMost: 6 },
  wide: { durationMs: 3_000, atLeast: 2, atMost: 6 },
  uncached: { durationMs: 3_000, atLeast: 2, atMost: 6 },
}

const peers: readonly GatewayName[] = ['hive-gateway', 'hive-gateway-rust', 'grafbase']

/** A warm-up is repeated, `atMost` times, as long as it makes requests notably cheaper: compilers follow the number of calls. */
export type WarmUp = { durationMs: number; atLeast: number; atMost: number }

export const usage = `npm run bench -- [options]
  --quick              short rounds: within 50 s for ${always.join(', ')}
  --peers              also ${peers.join(', ')}, installed from npm on the first run
  --gateways a,b       only these: ${[...always, ...peers].join(', ')}
  --queries a,b        only these: ${queryNames.join(', ')}
  --connections n      clients at a time, each with a token of its own (50)
  --rounds n           measurements of each pair; their median counts (3, quick 2)
  --seconds s          length of each measurement (4, quick 0.7)
  --json               one JSON line per gateway and query on standard output, nothing else
  --profile            also write CPU profiles of node gateways to test/bench/output/profiles and print where the time goes`

/** Reads the command line. Throws a {@link StartupError} that says what was expected. */
export function readBenchSettings(args: readonly string[]): BenchSettings {
  const { values } = parse(args)
  const quick = values.quick ?? false
  const roundMs = positive('--seconds', values.seconds ?? (quick ? '0.7' : '4')) * 1_000
  return {
    gateways: values.gateways
      ? choose('--gateways', values.gateways, [...always, ...peers])
      : [...always, ...(values.peers ? peers : [])],
    queries: choose('--queries', values.queries ?? queryNames.join(','), queryNames),
    connections: positive('--connections', values.connections ?? '50'),
    rounds: positive('--rounds', values.rounds ?? (quick ? '2' : '3')),
    warmUp: quick ? quickWarmUp : fullWarmUp,
    budgetMs: quick ? 40_000 : Number.POSITIVE_INFINITY,
    roundMs,
    json: values.json ?? false,
    profile: values.profile ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        peers: { type: 'boolean' },
        gateways: { type: 'string' },
        queries: { type: 'string' },
        connections: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        profile: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

function choose<Name extends string>(option: string, given: string, names: readonly Name[]): Name[] {
  return given.split(',').map((one) => {
    const name = names.find((known) => known === one.trim())
    if (!name) throw new StartupError(`Expected ${option} to name some of ${names.join(', ')}, got ${one}.`)
    return name
  })
}

function positive(option: string, given: string): number {
  const value = Number(given)
  if (value > 0 && value <= 10_000) return value
  throw new StartupError(`Expected ${option} to be a number above 0, got ${given}.`)
}
