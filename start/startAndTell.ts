import { readGatewaySettings } from '@tributary/gateway'
import type { Running } from '@tributary/runtime'
import type { StartSettings } from './config.ts'
import { describeGraph } from './describeGraph.ts'
import { startGraph } from './startGraph.ts'

/** `npm start`: starts the graph, says on standard output what is being done, and then what there is to try. */
export async function startAndTell(settings: StartSettings): Promise<Running> {
  const startedAt = performance.now()
  const tell = (message: string) => console.log(`  ${message}`)
  console.log('\nTributary')
  const gatewaySettings = readGatewaySettings()
  if (gatewaySettings.GATEWAY_WORKERS > 1)
    tell('GATEWAY_WORKERS is for npm run start:gateway: here one process does everything')
  const graph = await startGraph({
    settings,
    gatewaySettings: { ...gatewaySettings, GATEWAY_WORKERS: 1 },
    report: tell,
  })
  tell(`listening, ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start`)
  console.log(describeGraph(graph))
  return {
    async stop() {
      tell('stopping: finishing what runs, closing sockets, shutting the database down')
      await graph.stop()
      tell('stopped')
    },
  }
}
