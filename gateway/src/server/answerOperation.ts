import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApolloServer, HTTPGraphQLResponse } from '@apollo/server'
import type { Identity } from '@tributary/runtime/identity'
import type { ErrorCode } from '@tributary/schema'
import { GraphQLError, parse } from 'graphql'
import { checkLimits } from '../operation/checkLimits.ts'
import { checkSelections } from '../operation/checkSelections.ts'
import type { OperationLimits } from '../operation/OperationLimits.ts'
import type { ApolloContext } from './apolloServer.ts'
import type { HttpPair } from './Caller.ts'
import type { FastDoor, FastOutcome } from './fastDoor.ts'
import type { AnswerOperation } from './httpDoor.ts'
import type { HttpStreamDoor } from './httpStreamDoor.ts'
import type { Room } from './Room.ts'
import { readOperation } from './readOperation.ts'
import { keepPrivate, sendAnswer } from './sendAnswer.ts'
import { type Refusal, sendRefusal } from './sendError.ts'
import { openVisit, type Visit } from './Visit.ts'

export type AnswerOperationOptions = {
  room: Room
  /** Absent where everything is to go through Apollo Server. */
  fastDoor: FastDoor | undefined
  apollo: Pick<ApolloServer<ApolloContext>, 'executeHTTPGraphQLRequest'>
  operationLimits: OperationLimits
  /** Absent where nothing is streamed. */
  streams?: HttpStreamDoor
}

/** Errors of an operation that is not valid. GraphQL over HTTP answers them with 200 to who asks for application/json by name. */
const invalidCodes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
])

/**
 * One operation over HTTP (https://graphql.github.io/graphql-over-http), by one of two doors into one room: what is compiled goes straight to the
 * executor, all else through Apollo Server to the same executor. Writes the operation's log line.
 */
export function createAnswerOperation(options: AnswerOperationOptions): AnswerOperation {
  const { room, apollo, operationLimits, fastDoor } = options
  const { maxConcurrentOperations = Number.POSITIVE_INFINITY } = room.limits
  let running = 0
  return async (caller) => {
    const visit = openVisit(room, caller)
    if (running >= maxConcurrentOperations) {
      visit.errorCodes = [tooMany.code]
      sendRefusal(caller.pair().response, tooMany, caller.headers.accept)
      visit.end()
      return
    }
    running++
    try {
      const enter = fastDoor?.open(caller)
      const outcome = enter && (await enter(visit))
      if (outcome?.kind !== 'answered') await answerSlowly(visit, { ...caller.pair(), outcome })
    } finally {
      running--
    }
  }

  async function answerSlowly(visit: Visit, { request, response, outcome }: SlowEntry): Promise<void> {
    try {
      const refusal = await run()
      if (refusal) {
        visit.errorCodes = [refusal.code]
        sendRefusal(response, refusal, request.headers.accept)
      }
    } catch (error) {
      // Whoever leaves in the middle of a body is told nothing.
      if (!visit.hasLeft) {
        response.statusCode = 500
        throw error
      }
    } finally {
      visit.end()
    }

    async function run(): Promise<Refusal | undefined> {
      const who = await identify(room, request)
      if (who.kind === 'refused') return who.refusal
      keepPrivate(request, response)
      const { identity } = who
      const managed = options.streams?.manage({ request, response, identity })
      if (managed && managed.kind !== 'other') return managed.kind === 'refused' ? managed.refusal : undefined
      const read = await readOperation(request, room.limits.maxBodyBytes, outcome?.body)
      if (read.kind === 'refused') return read.refusal
      const ran = outcome?.kind === 'ran' ? outcome.operation : undefined
      const tooLarge = ran || read.query === undefined ? undefined : limitsOf(read.query, operationLimits)
      if (tooLarge) return tooLarge
      const entry = { request, response, identity, read: read.request }
      const begun = ran ? undefined : options.streams?.begin(entry)
      if (begun?.kind === 'refused') return begun.refusal
      if (begun?.kind === 'answered') return void visit.handOver()
      const taken = ran ? undefined : options.streams?.take(entry)
      if (taken?.kind === 'taken') {
        visit.handOver()
        await taken.ended
        return undefined
      }
      const operation = ran ?? visit.begin(identity)
      const result = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: read.request,
        context: async () => ({ operation }),
      })
      visit.errorCodes = operation.errorCodes
      if (!visit.hasLeft) visit.errorCodes = send(response, result, request.headers.accept) ?? visit.errorCodes
      if (result.status === undefined) fastDoor?.learn(request.headers.accept, result.headers.get('content-type'))
      return undefined
    }
  }
}

/** Whoever comes when too many operations run already is told so at once, before anything is read. */
const tooMany: Refusal = {
  status: 503,
  code: 'REQUEST_CONCURRENCY_LIMITED',
  message: 'Too many operations run at the moment',
  headers: { 'retry-after': '1' },
}

type SlowEntry = HttpPair & {
  /** What the fast door has left to do. */
  outcome: Exclude<FastOutcome, { kind: 'answered' }> | undefined
}

type Identified = { kind: 'identified'; identity: Identity | undefined } | { kind: 'refused'; refusal: Refusal }

async function identify(room: Room, request: IncomingMessage): Promise<Identified> {
  try {
    return { kind: 'identified', identity: await room.authenticate(request.headers.authorization) }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { message } = error
    if (error.extensions.code === 'UNAUTHENTICATED') {
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
      return { kind: 'refused', refusal: { status: 401, code: 'UNAUTHENTICATED', message, headers } }
    }
    room.log.error({ err: error.originalError ?? error }, 'tokens cannot be verified')
    const headers = { 'retry-after': '5' }
    return { kind: 'refused', refusal: { status: 503, code: 'SERVICE_UNAVAILABLE', message, headers } }
  }
}

function limitsOf(query: string, limits: OperationLimits): Refusal | undefined {
  try {
    const error = checkLimits(query, limits) ?? checkSelections(parse(query), limits)
    // Both give an ErrorCode.
    return error && { status: 400, code: error.extensions.code as ErrorCode, message: error.message }
  } catch {
    // No GraphQL: Apollo Server says so better.
    return undefined
  }
}

/** Writes Apollo Server's answer. Gives the codes of its errors when it has no status of success: those it never told its plugins. */
function send(response: ServerResponse, result: HTTPGraphQLResponse, accept = ''): readonly string[] | undefined {
  if (result.body.kind !== 'complete') throw new Error('Expected a complete answer, got an incremental one')
  for (const [name, value] of result.headers) {
    if (name !== 'cache-control' || !response.hasHeader('cache-control')) response.setHeader(name, value)
  }
  const status = result.status ?? 200
  const codes = status === 200 ? undefined : codesOf(result.body.string)
  const type = result.headers.get('content-type') ?? ''
  const isPlainJson = type.startsWith('application/json') && /(^|[,\s])application\/json/.test(accept)
  response.statusCode = status === 400 && isPlainJson && codes?.every((code) => invalidCodes.has(code)) ? 200 : status
  sendAnswer(response, result.body.string)
  return codes
}

function codesOf(answer: string): readonly string[] {
  // Apollo Server has just written it.
  const { errors = [] } = JSON.parse(answer) as { errors?: { extensions?: { code?: unknown } }[] }
  return [...new Set(errors.map(({ extensions }) => String(extensions?.code)))]
}
