import { bundleSource } from './bundleSource.ts'
import type { Gateway, GatewaySetup } from './Gateway.ts'

/**
 * Our gateway, as `npm run start:gateway` runs it, with every feature on: identity, limits, a log line a request, traceparent. For a
 * profile it is bundled first, because tsx leaves all functions of a file on one line.
 */
export function createTributary(root: string): Gateway {
  const main = `${root}/gateway/src/main.ts`
  return {
    name: 'tributary',
    path: '/graphql',
    command: async (setup) => ({
      command: process.execPath,
      args: setup.profileDirectory
        ? ['--cpu-prof', `--cpu-prof-dir=${setup.profileDirectory}`, await bundle(main, setup)]
        : ['--import', 'tsx', main],
      cwd: root,
      env: {
        SUPERGRAPH: setup.supergraphFile,
        PORT: String(setup.port),
        HOST: '127.0.0.1',
        JWKS_FILE: setup.jwksFile,
        SUBGRAPH_SECRET: 'only the bench knows it, and no fixture checks it',
      },
    }),
  }
}

async function bundle(main: string, setup: GatewaySetup): Promise<string> {
  const file = `${setup.directory}/tributary.mjs`
  await bundleSource(main, file)
  return file
}
