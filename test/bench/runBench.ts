import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createStopStack, StartupError } from '@tributary/runtime'
import type { BenchSettings } from './benchSettings.ts'
import { createGateways } from './gateways/createGateways.ts'
import type { Gateway } from './gateways/Gateway.ts'
import { composeBenchGraph } from './graph/composeBenchGraph.ts'
import { compareAnswers } from './measure/compareAnswers.ts'
import { createTokens } from './measure/createTokens.ts'
import type { Measurement } from './measure/Measurement.ts'
import { measureAll } from './measure/measureAll.ts'
import { type StartedGateway, startGateway } from './measure/startGateway.ts'
import { buildPrograms } from './process/buildPrograms.ts'
import { planCores } from './process/planCores.ts'
import { startFixtures } from './process/startFixtures.ts'
import { startLoad } from './process/startLoad.ts'
import { drawChart } from './report/drawChart.ts'
import { summariseProfile } from './report/summariseProfile.ts'

export type BenchResult = { measurements: Measurement[]; chartFile: string; profiles: string[] }

/**
 * Runs the whole benchmark in `directory` (test/bench): starts everything, compares answers, measures, stops everything. Throws a
 * {@link StartupError} when gateways disagree, with the differences. `report` is given lines for people.
 */
export async function runBench(
  settings: BenchSettings,
  options: { root: string; directory: string; report(line: string): void; signal: AbortSignal },
): Promise<BenchResult> {
  const { root, directory, report, signal } = options
  if (process.platform !== 'linux') throw new StartupError('The benchmark reads CPU time from /proc: it needs Linux.')
  const outputDirectory = `${directory}/output`
  const graphDirectory = `${directory}/graph`
  const profileDirectory = settings.profile ? `${outputDirectory}/profiles` : undefined
  rmSync(`${outputDirectory}/profiles`, { recursive: true, force: true })
  mkdirSync(outputDirectory, { recursive: true })

  const cores = planCores()
  report(
    cores
      ? `Gateways on core ${cores.gateway}, load and subgraphs on core ${cores.load}.`
      : 'This system does not let us pin processes to cores: expect more noise.',
  )
  const stack = createStopStack()
  // Whatever goes wrong in stopping is thrown below, where the same promise is awaited.
  const stopAll = () => void stack.stop().catch(() => {})
  signal.addEventListener('abort', stopAll)
  try {
    const programs = await buildPrograms({ source: directory, output: `${outputDirectory}/programs` })
    const log = `${outputDirectory}/bench.log`
    const [fixtures, load] = await Promise.all([
      startFixtures({ program: programs.fixture, graphDirectory, cores: cores?.load, log }),
      startLoad({ program: programs.load, cores: cores?.load, log }),
    ])
    stack.add(fixtures)
    stack.add(load)
    const graph = composeBenchGraph(graphDirectory, fixtures.urls)
    const supergraphFile = `${outputDirectory}/supergraph.graphql`
    writeFileSync(supergraphFile, graph.supergraphSdl)
    const jwksFile = `${outputDirectory}/jwks.json`
    const tokens = await createTokens(settings.connections, jwksFile)
    const [token = ''] = tokens

    const known = createGateways({ root, peersDirectory: `${directory}/peers`, programs })
    const chosen = known.filter(({ name }) => settings.gateways.includes(name))
    const start = async (gateway: Gateway): Promise<StartedGateway[]> => {
      try {
        await gateway.install?.()
        const started = await startGateway(gateway, {
          ...{ supergraphFile, subgraphUrls: fixtures.urls, jwksFile, graphDirectory, profileDirectory },
          ...{ outputDirectory, token, cores: cores?.gateway },
        })
        return [stack.add(started)]
      } catch (error) {
        if (!gateway.install) throw error
        report(`${gateway.name} is left out: ${oneLine(error)}`)
        return []
      }
    }
    const gateways: StartedGateway[] = []
    for (const gateway of chosen) gateways.push(...(await start(gateway)))

    const differences = await compareAnswers({
      ...{ gateways, queryNames: settings.queries, apiSchema: graph.apiSchema, token },
    })
    if (differences.length > 0)
      throw new StartupError(`Nothing was timed: the answers differ.\n${differences.join('\n')}`)
    report(`${gateways.map(({ gateway }) => gateway.name).join(', ')} give the same answers.`)

    const measurements = await measureAll({ ...settings, gateways, queryNames: settings.queries, load, tokens, report })
    const chartFile = `${outputDirectory}/chart.svg`
    writeFileSync(chartFile, drawChart(measurements, captionOf(settings, cores !== undefined)))
    await stack.stop()
    const profiles = profileDirectory
      ? readdirSync(profileDirectory).map((file) => `${file}\n${summariseProfile(`${profileDirectory}/${file}`)}`)
      : []
    return { measurements, chartFile, profiles }
  } finally {
    signal.removeEventListener('abort', stopAll)
    await stack.stop()
  }
}

function captionOf({ connections, rounds, roundMs }: BenchSettings, isPinned: boolean): string[] {
  return [
    `${connections} clients, each with its own identity. Median of ${rounds} interleaved rounds of ${roundMs / 1_000} s.`,
    isPinned ? 'Each gateway on one core, load and subgraphs on another.' : 'Processes not pinned to cores.',
  ]
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300)
}
