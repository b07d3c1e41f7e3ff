import { readFileSync } from 'node:fs'
import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

/** `@apollo/gateway` as its README sets it up: `node apolloGatewayMain.mjs <supergraph file> <port>`. */
const [, , supergraphFile = '', port] = process.argv
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraphFile, 'utf8') })
const server = new ApolloServer({ gateway })
await startStandaloneServer(server, { listen: { port: Number(port), host: '127.0.0.1' } })
