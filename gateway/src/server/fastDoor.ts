import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '@tributary/runtime/identity'
import { createFlatTrees } from '../executor/flat/FlatTrees.ts'
import { isFields } from '../executor/ownField.ts'
import { toResult } from '../operation/compileOperation.ts'
import type { Room } from './Room.ts'
import { type ReadBody, toText } from './readBody.ts'
import { isUtf8Name, mediaType, parseJson } from './readOperation.ts'
import { keepPrivate, sendAnswer, sendBytes } from './sendAnswer.ts'
import type { OperationContext, Visit } from './Visit.ts'

/**
 * The short way in, for a POST of an operation that is compiled already: from node:http straight to the executor. Whatever is not plain
 * (another method or media type, a token or an operation that is seen for the first time, extensions, errors in the result) is left to Apollo Server, so
 * that there is one way to negotiate, to refuse and to format errors.
 */
export type FastDoor = {
  /** Undefined, with nothing read, for a request that must take the other door. */
  open(request: IncomingMessage, response: ServerResponse): FastEntry | undefined
  /** Tells what Apollo Server answered to this `accept`: which media type clients get is its to say. */
  learn(accept: string | undefined, contentType: string | undefined): void
  /** How many requests were answered here. */
  answered(): number
}

/** Reads the body, and answers if it can. */
export type FastEntry = (visit: Visit) => Promise<FastOutcome>

export type FastOutcome =
  /** Nothing is left to do. */
  | { kind: 'answered' }
  /** Not for this door; its body has been read. */
  | { kind: 'read'; body: ReadBody }
  /** It has run; its result has errors to format. */
  | { kind: 'ran'; body: ReadBody; operation: OperationContext }

/** How many headers of a kind are remembered, and how long ones: clients choose them. */
const maxLearned = 200
const maxHeaderLength = 500

/** The {@link FastDoor} of a room. */
export function createFastDoor(room: Room): FastDoor {
  /** What Apollo Server answers with, by the `accept` header. */
  const answerTypes = new Map<string, string>()
  const plainTypes = new Map<string, boolean>()
  let count = 0
  const trees = createFlatTrees()
  return {
    open(request, response) {
      const { method, url, headers } = request
      if (method !== 'POST' || url !== '/graphql' || headers['content-encoding'] !== undefined) return undefined
      const length = Number(headers['content-length'])
      if (!(length <= room.limits.maxBodyBytes)) return undefined
      const answerType = answerTypes.get(headers.accept ?? '')
      if (answerType === undefined || !isPlainJson(headers['content-type'] ?? '')) return undefined
      const identity = room.authenticate(headers.authorization)
      if (identity instanceof Promise) {
        // The other door waits for it, and says what is wrong with it.
        identity.catch(() => undefined)
        return undefined
      }
      return (visit) => take(visit, { request, response, answerType, identity })
    },
    learn(accept = '', contentType) {
      if (contentType !== undefined) remember(answerTypes, accept, contentType)
    },
    answered: () => count,
  }

  async function take(visit: Visit, { request, response, answerType, identity }: Entry): Promise<FastOutcome> {
    const bytes = await readAll(request)
    if (!bytes) {
      visit.leave()
      visit.end()
      return { kind: 'answered' }
    }
    const body = toText(bytes)
    const asked = body.kind === 'text' ? readPlain(body.text) : undefined
    const compiled = asked && room.current().findCompiled(asked.query, asked.operationName)
    if (!asked || !compiled || compiled.kind === 'subscription') return { kind: 'read', body }

    const operation = visit.begin(identity)
    operation.operationName = compiled.name
    const { context } = operation
    const answer = await compiled.answerBytes(
      { variables: asked.variables, context, transport: room.transportOf(operation.generation) },
      trees,
    )
    const isFlat = 'bytes' in answer
    if (operation.hasTimedOut || (!isFlat && answer.errors)) {
      // Flat answers are JSON, and have no errors.
      operation.result = isFlat ? JSON.parse(answer.bytes.toString()) : toResult(answer)
      return { kind: 'ran', body, operation }
    }
    if (!visit.hasLeft) {
      keepPrivate(request, response)
      response.setHeader('content-type', answerType)
      if (isFlat) sendBytes(response, answer)
      else sendAnswer(response, `{"data":${answer.data}}\n`)
      count++
    }
    visit.end()
    return { kind: 'answered' }
  }

  function isPlainJson(contentType: string): boolean {
    const known = plainTypes.get(contentType)
    if (known !== undefined) return known
    const { essence, charset } = mediaType(contentType)
    const isPlain = essence === 'application/json' && isUtf8Name(charset)
    remember(plainTypes, contentType, isPlain)
    return isPlain
  }
}

type Entry = { request: IncomingMessage; response: ServerResponse; answerType: string; identity: Identity | undefined }

function remember<Value>(learned: Map<string, Value>, header: string, value: Value): void {
  if (learned.size < maxLearned && header.length <= maxHeaderLength) learned.set(header, value)
}

/** All of a body that announced its length, or undefined when the client left before its end. */
function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let chunks: Buffer | Buffer[] | undefined
    request.on('data', (chunk: Buffer) => {
      if (!chunks) chunks = chunk
      else if (Array.isArray(chunks)) chunks.push(chunk)
      else chunks = [chunks, chunk]
    })
    request.on('end', () => resolve(Array.isArray(chunks) ? Buffer.concat(chunks) : (chunks ?? Buffer.alloc(0))))
    request.on('close', () => resolve(undefined))
  })
}

type Asked = { query: string; operationName: string | undefined; variables: Record<string, unknown> | undefined }

/** A request with nothing special about it; undefined leaves it, also what is wrong with it, to the other door. */
function readPlain(text: string): Asked | undefined {
  const body = parseJson(text)?.value
  if (!isFields(body)) return undefined
  const { query, operationName, variables, extensions } = body
  if (typeof query !== 'string' || (extensions !== undefined && extensions !== null)) return undefined
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined
  if (variables !== undefined && variables !== null && !isFields(variables)) return undefined
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined }
}
