import { bundlePrograms } from '../../../start/bundlePrograms.ts'
import type { Gateway } from './Gateway.ts'

/** Our gateway, as `npm run start:gateway` runs it, with every feature on: identity, limits, a log line a request, traceparent. */
export function createTributary(root: string): Gateway {
  return {
    name: 'tributary',
    path: '/graphql',
    command: async (setup) => {
      const program = `${setup.directory}/tributary.mjs`
      await bundlePrograms([{ program: `${root}/gateway/src/main.ts`, output: program }])
      const profile = setup.profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${setup.profileDirectory}`] : []
      return {
        command: process.execPath,
        args: ['--max-semi-space-size=64', '--min-semi-space-size=64', ...profile, program],
        cwd: root,
        env: {
          SUPERGRAPH: setup.supergraphFile,
          PORT: String(setup.port),
          HOST: '127.0.0.1',
          JWKS_FILE: setup.jwksFile,
          SUBGRAPH_SECRET: 'only the bench knows it, and no fixture checks it',
          ...setup.settings,
        },
      }
    },
  }
}
