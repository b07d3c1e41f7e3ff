import type { ServerResponse } from 'node:http'
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server'
import {
  type CreateServerForIntegrationTestsOptions,
  type CreateServerForIntegrationTestsResult,
  defineIntegrationTestSuite,
} from '@apollo/server-integration-testsuite'
import { createLog } from '@tributary/runtime'
import { defaultOperationLimits } from '../../gateway/src/operation/OperationLimits.ts'
import { createAnswerOperation } from '../../gateway/src/server/answerOperation.ts'
import { createContext } from '../../gateway/src/server/createContext.ts'
import { createHttpDoor } from '../../gateway/src/server/httpDoor.ts'
import { createOriginPolicy } from '../../gateway/src/server/originPolicy.ts'
import type { Room } from '../../gateway/src/server/Room.ts'
import { startHttpServer } from '../../gateway/src/server/startHttpServer.ts'
import { createStreamQuota } from '../../gateway/src/server/streamQuota.ts'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { emptySupergraphSdl } from './emptySupergraph.ts'

/**
 * Tests of the suite that expect no `cache-control`. Our door says `no-store` wherever Apollo Server says nothing, on purpose: a cache
 * before us must not guess what it may keep of an answer to a POST or a GET.
 */
const withoutCacheControl = [
  'cache-control runs when cache-control is disabled',
  'cache-control not set without any hints with if-cacheable',
]

describe('the HTTP door around any Apollo Server', () => {
  defineIntegrationTestSuite(createServer, { noIncrementalDelivery: true })
})

/** The suite's own Apollo Server, with its own schema and plugins, behind our door: what is tested is how it stands in node:http. */
async function createServer(
  config: ApolloServerOptions<BaseContext>,
  options: CreateServerForIntegrationTestsOptions = {},
): Promise<CreateServerForIntegrationTestsResult> {
  const server = new ApolloServer(config)
  await server.start()
  const context = options.context ?? (async () => ({}))
  const room = createRoom()
  const origins = createOriginPolicy({ origins: [], allowStudio: false })
  const answerOperation = createAnswerOperation({
    room,
    fastDoor: undefined,
    apollo: {
      executeHTTPGraphQLRequest: ({ httpGraphQLRequest }) =>
        server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context }),
    },
    operationLimits: defaultOperationLimits,
  })
  const answer = createHttpDoor({ room, origins, answerOperation, pages: new Map() })
  const http = await startHttpServer({
    port: 0,
    host: '127.0.0.1',
    answer(request, response) {
      if (isAskingForNoCacheControl()) hideNoStore(response)
      // The suite asks at the root.
      request.url = request.url?.replace(/^\/(?=\?|$)/, '/graphql')
      answer(request, response)
    },
    upgrade: (_request, socket) => void socket.destroy(),
  })
  return { server, url: `http://127.0.0.1:${http.port}`, extraCleanup: http.stop }
}

/** A room with nobody in it: the suite brings what it executes. */
function createRoom(): Room {
  const generation = createGeneration({ supergraphSdl: emptySupergraphSdl })
  return {
    current: () => generation,
    transportOf: () => ({
      execute: async () => ({ kind: 'failure', code: 'SERVICE_UNAVAILABLE', message: 'There is no subgraph' }),
    }),
    upstream: {
      subscribe: () => ({ next: async () => ({ kind: 'complete' }), stop() {} }),
      counts: () => ({ sockets: 0, streams: 0 }),
    },
    authenticate: () => undefined,
    createContext: (request) => createContext(request, []),
    allowsOrigin: () => true,
    logOperation() {},
    log: createLog({ service: 'test', level: 'silent' }),
    limits: { maxBodyBytes: 1024 * 1024, operationTimeoutMs: 30_000 },
    streams: createStreamQuota(),
    isDraining: () => false,
  }
}

function isAskingForNoCacheControl(): boolean {
  const { currentTestName = '' } = expect.getState()
  return withoutCacheControl.some((name) => currentTestName.endsWith(name))
}

/** As the answer would be without our default. */
function hideNoStore(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response)
  response.setHeader = (name, value) =>
    name === 'cache-control' && value === 'no-store' ? response : setHeader(name, value)
}
