import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server'
import type {
  CreateServerForIntegrationTestsOptions,
  CreateServerForIntegrationTestsResult,
} from '@apollo/server-integration-testsuite'
import { defaultOperationLimits } from '../../gateway/src/operation/OperationLimits.ts'
import { createAnswerOperation } from '../../gateway/src/server/answerOperation.ts'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { emptySupergraphSdl } from './emptySupergraph.ts'
import { startSuiteServer } from './startSuiteServer.ts'
import { createSuiteRoom } from './suiteRoom.ts'

/** Nobody asks it: each server has its own schema. */
const emptyGeneration = createGeneration({ supergraphSdl: emptySupergraphSdl })

/** The suite's own Apollo Server, with its own schema and plugins, behind our door: what is tested is how it stands in node:http. */
export async function aroundApolloServer(
  config: ApolloServerOptions<BaseContext>,
  options: CreateServerForIntegrationTestsOptions = {},
): Promise<CreateServerForIntegrationTestsResult> {
  const server = new ApolloServer(config)
  await server.start()
  const context = options.context ?? (async () => ({}))
  const room = createSuiteRoom(emptyGeneration, {
    execute: async () => ({ kind: 'failure', code: 'SERVICE_UNAVAILABLE', message: 'There is no subgraph' }),
  })
  const answerOperation = createAnswerOperation({
    room,
    fastDoor: undefined,
    apollo: {
      executeHTTPGraphQLRequest: ({ httpGraphQLRequest }) =>
        server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context }),
    },
    operationLimits: defaultOperationLimits,
  })
  const http = await startSuiteServer({ room, answerOperation })
  return { server, url: `http://127.0.0.1:${http.port}`, extraCleanup: http.stop }
}
