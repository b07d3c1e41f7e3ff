import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { Log } from '@tributary/runtime'
import type { ErrorCode } from '@tributary/schema'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Generations } from '../supergraph/openGenerations.ts'
import { createApolloGateway } from './apolloGateway.ts'
import type { Room } from './Room.ts'
import type { OperationContext } from './Visit.ts'

/** What Apollo Server carries through one operation for us. It copies the outer object: what changes is in the inner one. */
export type ApolloContext = { operation: OperationContext }

/** How many errors of an operation that is not valid are told. */
const maxInvalidErrors = 5

/**
 * Apollo Server around our executor: it reads GET and POST, negotiates persisted queries and media types, prevents CSRF, parses and
 * validates. Started with `start()`.
 */
export function createApolloServer(options: {
  room: Pick<Room, 'transportOf' | 'log'>
  generations: Generations
  allowIntrospection: boolean
  maxTokens: number
}): ApolloServer<ApolloContext> {
  const { room, allowIntrospection } = options
  return new ApolloServer<ApolloContext>({
    gateway: createApolloGateway({ generations: options.generations, transportOf: room.transportOf }),
    introspection: allowIntrospection,
    hideSchemaDetailsFromClientErrors: !allowIntrospection,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: options.maxTokens },
    stopOnTerminationSignals: false,
    logger: room.log,
    formatError: (formatted, error) => formatError(formatted, error, room.log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      tellTheLog,
    ],
  })
}

const tellTheLog: ApolloServerPlugin<ApolloContext> = {
  async requestDidStart({ contextValue: { operation }, request }) {
    operation.operationName = request.operationName
    return {
      async didResolveOperation({ operationName }) {
        operation.operationName = operationName ?? undefined
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind !== 'single' || !body.singleResult.errors) return
        const { singleResult } = body
        if (singleResult.data === undefined) singleResult.errors = singleResult.errors?.slice(0, maxInvalidErrors)
        const codes = singleResult.errors?.map(({ extensions }) => extensions?.code)
        operation.errorCodes = [...new Set(codes)].filter((code) => typeof code === 'string')
      },
    }
  },
}

/** Gives Apollo's own errors our codes, and masks what has none: that was never meant for clients. */
function formatError(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  if (!(error instanceof GraphQLError) || error.extensions.code === undefined) {
    log.error({ err: error instanceof GraphQLError ? (error.originalError ?? error) : error }, 'operation failed')
    return { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode } }
  }
  if (error.extensions.code === 'INTERNAL_SERVER_ERROR') {
    log.error({ err: error.originalError ?? error }, 'operation failed')
  }
  const code = ownCode(error)
  if (code === undefined) return formatted
  const { validationErrorCode: _, ...extensions } = formatted.extensions ?? {}
  return { ...formatted, extensions: { ...extensions, code } }
}

function ownCode({ message, extensions }: GraphQLError): ErrorCode | undefined {
  if (extensions.validationErrorCode === 'INTROSPECTION_DISABLED') return 'INTROSPECTION_DISABLED'
  if (extensions.code !== 'BAD_REQUEST') return undefined
  if (message.startsWith('This operation has been blocked as a potential Cross-Site Request Forgery'))
    return 'CSRF_ERROR'
  if (message === 'Operation batching disabled.') return 'BATCHING_NOT_ENABLED'
  // Apollo's errors say here which status they want; it is no class that could be imported.
  const { status } = (extensions.http ?? {}) as { status?: number }
  if (status === 405) return 'METHOD_NOT_ALLOWED'
  if (status === 406) return 'NOT_ACCEPTABLE'
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE'
  return undefined
}
