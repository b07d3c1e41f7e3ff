import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createStopStack } from '@tributary/runtime'
import { createTributary } from '../gateways/tributary.ts'
import { composeBenchGraph } from '../graph/composeBenchGraph.ts'
import { createTokens } from '../measure/createTokens.ts'
import { startGateway } from '../measure/startGateway.ts'
import { buildPrograms } from '../process/buildPrograms.ts'
import { startFixtures } from '../process/startFixtures.ts'
import { type LoadProcess, startLoad } from '../process/startLoad.ts'
import { measureCrowd } from './measureCrowd.ts'
import { measureMemory } from './measureMemory.ts'
import { measurePlanning } from './measurePlanning.ts'

const usage = `npm run bench:soak -- [options]
  --requests n  requests of all queries, one after another, while memory is looked at (200,000)
  --crowd n     requests under way at a time, against subgraphs that take 2 s (10,000)
  --only a,b    only these: memory, planning, crowd`

/** `npm run bench:soak`: what the gateway does for a long time, and for a crowd. One JSON line each. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '200000' },
      crowd: { type: 'string', default: '10000' },
      only: { type: 'string', default: 'memory,planning,crowd' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const only = values.only.split(',')
  if (only.includes('memory')) {
    const requests = Number(values.requests)
    await withGateway({ delayMs: 0, clients: 50, settings: {} }, async ({ port, pid, tokens, load }) =>
      console.log(JSON.stringify(await measureMemory({ port, pid, tokens, load, requests }))),
    )
  }
  if (only.includes('planning')) {
    for (const isElsewhere of ['0', '1']) {
      const settings = { PLANNING_THREAD: isElsewhere }
      await withGateway({ delayMs: 0, clients: 3, settings }, async ({ port, tokens, load, otherLoad }) => {
        const measured = await measurePlanning({ port, tokens, known: load, unknown: otherLoad })
        console.log(JSON.stringify({ ...measured, planningThread: isElsewhere === '1' }))
      })
    }
  }
  if (only.includes('crowd')) {
    const crowd = Number(values.crowd)
    const settings = {
      MAX_CONCURRENT_OPERATIONS: String(crowd),
      SUBGRAPH_CONNECTIONS: String(Math.ceil(crowd / 4)),
      SUBGRAPH_PIPELINING: '*=4',
    }
    await withGateway({ delayMs: 2_000, clients: 100, settings }, async ({ port, pid, tokens }) =>
      console.log(JSON.stringify(await measureCrowd({ port, pid, tokens, crowd }))),
    )
  }
}

type Scene = { port: number; pid: number; tokens: readonly string[]; load: LoadProcess; otherLoad: LoadProcess }

/** Our gateway in a process of its own, with subgraphs in another. */
async function withGateway(
  options: { delayMs: number; clients: number; settings: Record<string, string> },
  measure: (scene: Scene) => Promise<void>,
): Promise<void> {
  const directory = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
  const root = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '')
  const outputDirectory = `${directory}/output/soak`
  const graphDirectory = `${directory}/graph`
  mkdirSync(outputDirectory, { recursive: true })
  const stack = createStopStack()
  try {
    const programs = await buildPrograms({ source: directory, output: `${outputDirectory}/programs` })
    const log = `${outputDirectory}/soak.log`
    const { delayMs, settings } = options
    const fixtures = stack.add(
      await startFixtures({ program: programs.fixture, graphDirectory, cores: undefined, log, delayMs }),
    )
    const open = () => startLoad({ program: programs.load, cores: undefined, log }).then(stack.add)
    const [load, otherLoad] = await Promise.all([open(), open()])
    const supergraphFile = `${outputDirectory}/supergraph.graphql`
    writeFileSync(supergraphFile, composeBenchGraph(graphDirectory, fixtures.urls).supergraphSdl)
    const jwksFile = `${outputDirectory}/jwks.json`
    const tokens = await createTokens(options.clients, jwksFile)
    const gateway = stack.add(
      await startGateway(createTributary(root), {
        ...{ supergraphFile, subgraphUrls: fixtures.urls, jwksFile, graphDirectory, outputDirectory, settings },
        ...{ profileDirectory: undefined, cores: undefined, token: tokens[0] ?? '' },
      }),
    )
    await measure({ port: gateway.port, pid: gateway.pid, tokens, load, otherLoad })
  } finally {
    await stack.stop()
  }
}

await main()
