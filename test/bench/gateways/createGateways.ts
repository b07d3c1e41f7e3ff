import type { buildPrograms } from '../process/buildPrograms.ts'
import type { Gateway, GatewaySetup } from './Gateway.ts'
import { createGrafbase } from './grafbase.ts'
import { createHiveGateway } from './hiveGateway.ts'
import { createTributary } from './tributary.ts'

/** All gateways that the bench knows, in the order of its tables. */
export function createGateways(options: {
  /** The repository. */
  root: string
  peersDirectory: string
  programs: Awaited<ReturnType<typeof buildPrograms>>
}): Gateway[] {
  const { root, peersDirectory, programs } = options
  return [
    createTributary(root),
    {
      name: 'apollo-gateway',
      path: '/',
      command: (setup) => node(setup, [programs.apolloGateway, setup.supergraphFile, String(setup.port)]),
    },
    createHiveGateway({ peersDirectory, runtime: 'javascript' }),
    createHiveGateway({ peersDirectory, runtime: 'rust' }),
    createGrafbase(peersDirectory),
    {
      name: 'pass-through',
      path: '/graphql',
      isProxy: true,
      command: (setup) => node(setup, [programs.passThrough, setup.subgraphUrls.accounts, String(setup.port)]),
    },
  ]
}

function node(setup: GatewaySetup, args: string[]) {
  const profile = setup.profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${setup.profileDirectory}`] : []
  return { command: process.execPath, args: [...profile, ...args] }
}
