import { writeFileSync } from 'node:fs'
import type { Gateway } from './Gateway.ts'
import { installPeer } from './installPeer.ts'

/** Hive Gateway, planning and executing in JavaScript or with `@graphql-hive/router-runtime` (Rust). */
export function createHiveGateway(options: { peersDirectory: string; runtime: 'javascript' | 'rust' }): Gateway {
  const directory = `${options.peersDirectory}/hive-gateway`
  return {
    name: options.runtime === 'rust' ? 'hive-gateway-rust' : 'hive-gateway',
    path: '/graphql',
    install: () =>
      installPeer(directory, { '@graphql-hive/gateway': '2.15.1', '@graphql-hive/router-runtime': '1.4.23' }),
    command(setup) {
      const config = `${setup.directory}/gateway.config.mjs`
      // Requests of different clients must not be answered from one: without a header of the client's, Hive would do that.
      writeFileSync(
        config,
        `export const gatewayConfig = {
  supergraph: ${JSON.stringify(setup.supergraphFile)},
  pollingInterval: 0,
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } },
}\n`,
      )
      return {
        command: process.execPath,
        args: [
          `${directory}/node_modules/@graphql-hive/gateway/dist/bin.js`,
          ...['supergraph', setup.supergraphFile, '--config-path', config],
          ...['--host', '127.0.0.1', '--port', String(setup.port), '--disable-websockets'],
          ...(options.runtime === 'rust' ? ['--hive-router-runtime'] : []),
        ],
        cwd: directory,
      }
    },
  }
}
