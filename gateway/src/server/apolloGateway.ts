import type {
  GatewayExecutionResult,
  GatewayGraphQLRequestContext,
  GatewayInterface,
} from '@apollo/server-gateway-interface'
import { codedError } from '@tributary/schema'
import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Generations } from '../supergraph/openGenerations.ts'
import type { ApolloContext } from './apolloServer.ts'
import type { Room } from './Room.ts'

/** Our executor and our generations, as Apollo Server takes any gateway. */
export function createApolloGateway({
  generations,
  transportOf,
}: {
  generations: Generations
  transportOf: Room['transportOf']
}): GatewayInterface {
  return {
    onSchemaLoadOrUpdate(callback) {
      const tell = ({ apiSchema, supergraphSdl }: ReturnType<Generations['current']>) =>
        callback({ apiSchema, coreSupergraphSdl: supergraphSdl })
      tell(generations.current())
      return generations.onChange(tell)
    },
    // Apollo Server gives each executor the context that its own caller gave.
    load: async () => ({
      executor: (request) => execute(request as GatewayGraphQLRequestContext<ApolloContext>, transportOf),
    }),
    // Whoever opened the generations stops them.
    stop: async () => {},
  }
}

async function execute(
  request: GatewayGraphQLRequestContext<ApolloContext>,
  transportOf: Room['transportOf'],
): Promise<GatewayExecutionResult> {
  const operationContext = request.context.operation
  const { generation, context } = operationContext
  if (operationContext.result)
    return operationContext.hasTimedOut ? { errors: [timedOut()] } : toGatewayResult(operationContext.result)
  // Apollo Server has parsed and validated it, unless the graph has changed meanwhile.
  const document = request.schema === generation.apiSchema ? request.document : undefined
  const found = await generation.prepareOperation(request.source, request.request.operationName, document)
  if (found.kind === 'errors') return { errors: [...found.errors] }
  const { operation } = found
  if (operation.kind === 'subscription') {
    const message =
      'Expected a query or a mutation: subscriptions come over WebSocket (graphql-transport-ws), as text/event-stream or as multipart/mixed;subscriptionSpec=1.0'
    return { errors: [codedError('BAD_REQUEST', message, { extensions: { http: { status: 400 } } })] }
  }
  const result = await operation.execute({
    variables: request.request.variables,
    context,
    transport: transportOf(generation),
  })
  if (operationContext.hasTimedOut) return { errors: [timedOut()] }
  return toGatewayResult(result)
}

function toGatewayResult(result: ExecutionResult): GatewayExecutionResult {
  // A result of ours has plain objects only: Apollo's type is wider.
  return result as GatewayExecutionResult
}

function timedOut(): GraphQLError {
  return codedError('GATEWAY_TIMEOUT', 'The operation took too long', { extensions: { http: { status: 504 } } })
}
