import { composeServices } from '@apollo/composition'
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server'
import type { CreateServerForIntegrationTests } from '@apollo/server-integration-testsuite'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { type GraphQLSchema, graphql, parse, printSchema } from 'graphql'
import type { Transport } from '../../gateway/src/executor/Transport.ts'
import { defaultOperationLimits } from '../../gateway/src/operation/OperationLimits.ts'
import { createAnswerOperation } from '../../gateway/src/server/answerOperation.ts'
import { createApolloGateway } from '../../gateway/src/server/apolloGateway.ts'
import type { ApolloContext } from '../../gateway/src/server/apolloServer.ts'
import { createFastDoor } from '../../gateway/src/server/fastDoor.ts'
import { PlainCaller } from '../../gateway/src/server/plain/PlainCaller.ts'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { aroundApolloServer } from './aroundApolloServer.ts'
import { startSuiteServer } from './startSuiteServer.ts'
import { startWarming, warmUpHeader } from './startWarming.ts'
import { createSuiteRoom } from './suiteRoom.ts'

/** What a configuration may have that both doors know: all else is Apollo Server's own, and nothing for a gateway. */
const knownOptions = new Set([
  'schema',
  'typeDefs',
  'resolvers',
  'introspection',
  'csrfPrevention',
  'nodeEnv',
  'stopOnTerminationSignals',
  'allowBatchedHttpRequests',
  'includeStacktraceInErrorResponses',
  'status400ForVariableCoercionErrors',
])

/**
 * The suite's schemas as a supergraph of one subgraph, run by our executor: each request is known to the fast door before it comes. What
 * a gateway does not have (plugins, contexts for resolvers) goes around the suite's own Apollo Server.
 */
export function createBothDoors() {
  /**
   * Requests by the suite that our executor could answer, those of them that were read without node:http, those that the fast door answered, and servers that
   * went around.
   */
  const counts = { all: 0, plain: 0, fast: 0, serversAround: 0 }
  /** What has been composed, by the schema: many tests have the same one. */
  const composed = new Map<string, string | undefined>()
  return { counts: () => counts, createServer: create }

  async function create(
    ...[config, options]: Parameters<CreateServerForIntegrationTests>
  ): ReturnType<CreateServerForIntegrationTests> {
    const schema = options?.context || isDeviating() ? undefined : schemaOf(config)
    const supergraphSdl = schema && supergraphOf(printSchema(schema))
    if (!schema || supergraphSdl === undefined) {
      counts.serversAround++
      return aroundApolloServer(config, options)
    }
    const generation = createGeneration({ supergraphSdl, limits: { allowIntrospection: allowsIntrospection(config) } })
    const room = createSuiteRoom(generation, executeIn(schema))
    const generations = { current: () => generation, onChange: () => () => {}, count: () => 1, stop: async () => {} }
    const {
      schema: _,
      typeDefs: __,
      resolvers: ___,
      ...rest
    } = config as ApolloServerOptions<ApolloContext> & Record<string, unknown>
    const server = new ApolloServer<ApolloContext>({
      ...(rest as ApolloServerOptions<ApolloContext>),
      gateway: createApolloGateway({ generations, transportOf: room.transportOf }),
    } as ApolloServerOptions<ApolloContext>)
    await server.start()
    const fastDoor = createFastDoor(room)
    const answerOperation = createAnswerOperation({
      room,
      fastDoor: {
        ...fastDoor,
        open(caller) {
          const enter = fastDoor.open(caller)
          if (!enter || warmUpHeader in caller.headers) return enter
          return async (visit) => {
            const outcome = await enter(visit)
            if (outcome.kind === 'answered') counts.fast++
            return outcome
          }
        },
      },
      apollo: server,
      operationLimits: defaultOperationLimits,
    })
    const inner = await startSuiteServer({
      room,
      answerOperation(caller) {
        if (!(warmUpHeader in caller.headers)) {
          counts.all++
          if (caller instanceof PlainCaller) counts.plain++
        }
        return answerOperation(caller)
      },
    })
    const outer = await startWarming(inner.port, generation)
    return {
      // The suite only stops it, and asks it without a context.
      server: server as unknown as ApolloServer<BaseContext>,
      url: `http://127.0.0.1:${outer.port}`,
      async extraCleanup() {
        await outer.stop()
        await inner.stop()
      },
    }
  }

  function supergraphOf(sdl: string): string | undefined {
    if (!composed.has(sdl)) composed.set(sdl, composeOne(sdl))
    return composed.get(sdl)
  }
}

/** What a gateway does otherwise than a server that runs resolvers itself, on purpose. These tests go around the suite's own Apollo Server. */
const deviations = [
  // An error of a subgraph says which one it is of (`extensions.service`); its values of custom scalars are the subgraph's to check, and what
  // it says of places is of the gateway's text, not the client's: there are no locations.
  'catches custom scalar parseValue and returns BAD_USER_INPUT',
  'catches custom scalar parseValue and preserves code',
  'shows error extensions in extensions (only!)',
  // Once execution has begun the status is 200: no subgraph sets another.
  'GraphQLError HTTP extensions are respected and stripped',
  // What resolvers get as context, or say of caching, stays in their subgraph: answers of the gateway are `no-store`.
  'context cloning for every request with executeOperation',
  'cache-control set with dynamic hint',
  'applies cacheControl Headers',
  'applies cacheControl Headers for batched operation',
  'contains private cacheControl Headers when scoped',
  // In a supergraph the root types are Query, Mutation and Subscription, whatever a subgraph calls them.
  'can handle introspection request',
  'can handle Rover introspection request',
  'returns an error on validation failure',
]

function isDeviating(): boolean {
  const { currentTestName = '' } = expect.getState()
  return deviations.some((name) => currentTestName.endsWith(name))
}

/** By the same rule as Apollo Server. */
function allowsIntrospection({
  introspection,
  nodeEnv = process.env.NODE_ENV,
}: ApolloServerOptions<BaseContext>): boolean {
  return introspection ?? nodeEnv !== 'production'
}

function schemaOf(config: ApolloServerOptions<BaseContext>): GraphQLSchema | undefined {
  if (!Object.keys(config).every((key) => knownOptions.has(key))) return undefined
  if ('schema' in config && config.schema) return config.schema
  if (!('typeDefs' in config) || !config.typeDefs) return undefined
  return makeExecutableSchema({ typeDefs: config.typeDefs, ...(config.resolvers && { resolvers: config.resolvers }) })
}

function composeOne(sdl: string): string | undefined {
  return composeServices([{ name: 'suite', url: 'http://suite/', typeDefs: parse(sdl) }]).supergraphSdl
}

/** The one subgraph, in this process. */
function executeIn(schema: GraphQLSchema): Transport {
  return {
    async execute({ body }) {
      const { query, variables } = JSON.parse(body)
      const result = await graphql({ schema, source: query, variableValues: variables, contextValue: {} })
      // As it would come by HTTP.
      const { data = null, errors } = JSON.parse(JSON.stringify(result))
      return { kind: 'answer', data, ...(errors && { errors }) }
    },
  }
}
