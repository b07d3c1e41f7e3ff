import { ApolloServer } from '@apollo/server'
import type { Running } from '@tributary/runtime'
import type { ExecutionResult } from 'graphql'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { createHttpTransport } from '../../gateway/src/transport/httpTransport.ts'
import type { TestOperation } from './operations.ts'

export type TestGateway = Running & {
  execute(operation: TestOperation): Promise<{ data?: unknown; errors: readonly { message: string; path?: unknown }[] }>
}

/** Our executor over HTTP, without the server around it. */
export function startTributary(supergraphSdl: string): TestGateway {
  const generation = createGeneration({ supergraphSdl })
  const transport = createHttpTransport({ subgraphs: generation.subgraphs })
  return {
    async execute({ query, variables, operationName }) {
      const found = generation.getOperation(query, operationName)
      if (found.kind === 'errors') throw new AggregateError(found.errors, found.errors[0]?.message)
      if (found.operation.kind === 'subscription') throw new Error('Expected a query or a mutation')
      const context = { requestId: '1', identity: undefined, headers: {}, signal: new AbortController().signal }
      const { data, errors }: ExecutionResult = await found.operation.execute({ variables, context, transport })
      return { data, errors: errors?.map((error) => error.toJSON()) ?? [] }
    },
    stop: () => transport.stop(),
  }
}

/** `@apollo/gateway` in Apollo Server. */
export async function startApolloGateway(supergraphSdl: string): Promise<TestGateway> {
  // Before the import: it is read when the module loads.
  process.env.APOLLO_TELEMETRY_DISABLED = '1'
  const { ApolloGateway } = await import('@apollo/gateway')
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const server = new ApolloServer({
    gateway: new ApolloGateway({ supergraphSdl, logger: silent }),
    logger: silent,
    stopOnTerminationSignals: false,
  })
  await server.start()
  return {
    async execute(operation) {
      const { body } = await server.executeOperation(operation)
      if (body.kind !== 'single') throw new Error('Expected a single result')
      const { data, errors = [], extensions } = body.singleResult
      // What breaks the schema is told in an extension there.
      const broken = extensions?.valueCompletion
      return { data, errors: [...errors, ...(Array.isArray(broken) ? broken : [])] }
    },
    stop: () => server.stop(),
  }
}
