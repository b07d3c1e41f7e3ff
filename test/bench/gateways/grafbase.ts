import { writeFileSync } from 'node:fs'
import { subgraphNames } from '../graph/subgraphNames.ts'
import type { Gateway } from './Gateway.ts'
import { installPeer } from './installPeer.ts'

const binaryPackage = `@grafbase/cli-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-musl`

/** Grafbase's gateway (Rust), which its command line tool contains. It composes the subgraphs itself. */
export function createGrafbase(peersDirectory: string): Gateway {
  const directory = `${peersDirectory}/grafbase`
  return {
    name: 'grafbase',
    path: '/graphql',
    install: () => installPeer(directory, { [binaryPackage]: '0.103.0' }),
    command(setup) {
      const config = `${setup.directory}/grafbase.toml`
      const subgraphs = subgraphNames.map(
        (name) => `[subgraphs.${name}]
url = ${JSON.stringify(setup.subgraphUrls[name])}
schema_path = ${JSON.stringify(`${setup.graphDirectory}/${name}.graphql`)}
`,
      )
      // Requests of different clients must not be answered from one.
      writeFileSync(config, `[traffic_shaping]\ninflight_deduplication = false\n\n${subgraphs.join('\n')}`)
      return {
        command: `${directory}/node_modules/${binaryPackage}/grafbase`,
        args: ['dev', '--config', config, '--listen-address', `127.0.0.1:${setup.port}`],
        cwd: setup.directory,
      }
    },
  }
}
