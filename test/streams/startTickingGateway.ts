import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import type { StopStack } from '@tributary/runtime'
import { openDevelopmentKeys } from '@tributary/runtime/identity'
import { silentLog } from '@tributary/runtime/testing'
import { parse } from 'graphql'
import { readGatewaySettings } from '../../gateway/src/config.ts'
import { type RunningGateway, startGateway } from '../../gateway/src/startGateway.ts'
import {
  startTickingSubgraph,
  type TickingSubgraph,
  tickingSdl,
  tickingSecret,
} from '../../gateway/src/tickingSubgraph.fixture.ts'

/** A gateway over one subgraph whose streams a test feeds. */
export type TickingGraph = {
  subgraph: TickingSubgraph
  gateway: RunningGateway
  /** A token of a user. */
  token: string
  /** Stops the gateway, then starts it again at the same place, after what is to happen while it is away. */
  restart(meanwhile: () => void): Promise<void>
}

/** Starts the {@link TickingGraph}. */
export async function startTickingGateway(running: StopStack): Promise<TickingGraph> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-ticking-'))
  running.add({ stop: () => rm(folder, { recursive: true }) })
  const keys = await openDevelopmentKeys(folder)
  const subgraph = running.add(await startTickingSubgraph({}))
  const { supergraphSdl = '' } = composeServices([{ name: 'ticking', url: subgraph.url, typeDefs: parse(tickingSdl) }])
  await writeFile(join(folder, 'supergraph.graphql'), supergraphSdl)
  let gateway = await start('0')
  running.add({ stop: () => gateway.stop() })
  return {
    subgraph,
    get gateway() {
      return gateway
    },
    token: await keys.sign({ userId: 'ada' }),
    async restart(meanwhile) {
      const { port } = gateway
      await gateway.stop()
      meanwhile()
      gateway = await start(String(port))
    },
  }

  function start(port: string): Promise<RunningGateway> {
    const settings = readGatewaySettings({ PORT: port, SUPERGRAPH: join(folder, 'supergraph.graphql') })
    return startGateway({ settings, secret: tickingSecret, jwks: keys.jwks, log: silentLog })
  }
}
