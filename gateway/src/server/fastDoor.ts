import type { Identity } from '@tributary/runtime/identity'
import type { CancelSignal } from '../executor/CancelSignal.ts'
import { createFlights } from '../executor/createFlights.ts'
import { createFlatTrees } from '../executor/flat/FlatTrees.ts'
import { isFields } from '../executor/ownField.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { CompiledOperation } from '../operation/CompiledOperation.ts'
import { toResult } from '../operation/compileOperation.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { Caller } from './Caller.ts'
import type { Room } from './Room.ts'
import { type ReadBody, toText } from './readBody.ts'
import { isUtf8Name, mediaType, parseJson } from './readOperation.ts'
import { readStreamFormat } from './readStreamFormat.ts'
import type { OperationContext, Visit } from './Visit.ts'

/**
 * The short way in, for a POST of an operation that is compiled already: from the socket straight to the executor. Whatever is not plain
 * (another method or media type, a token or an operation that is seen for the first time, extensions, errors in the result) is left to Apollo Server, so
 * that there is one way to negotiate, to refuse and to format errors.
 */
export type FastDoor = {
  /** Undefined, with nothing read, for a request that must take the other door. */
  open(caller: Caller): FastEntry | undefined
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

export type FastDoorOptions = {
  /** Whether the same query of the same client, while it runs, runs once and is answered alike. Off by default. */
  dedupe?: boolean
}

/** The {@link FastDoor} of a room. */
export function createFastDoor(room: Room, options: FastDoorOptions = {}): FastDoor {
  /** What Apollo Server answers with, by the `accept` header. */
  const answerTypes = new Map<string, string>()
  const plainTypes = new Map<string, boolean>()
  let count = 0
  let numbered: Generation | undefined
  let generationNumber = 0
  const trees = createFlatTrees()
  const flights = options.dedupe ? createFlights<DoneAnswer>(hearAbort) : undefined
  return {
    open(caller) {
      const { method, url, headers } = caller
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
      return (visit) => take(visit, { caller, answerType, identity })
    },
    learn(accept = '', contentType) {
      if (contentType !== undefined) remember(answerTypes, accept, contentType)
    },
    answered: () => count,
  }

  async function take(visit: Visit, { caller, answerType, identity }: Entry): Promise<FastOutcome> {
    const read = caller.readBody()
    const bytes = read instanceof Promise ? await read : read
    if (!bytes) {
      visit.leave()
      visit.end()
      return { kind: 'answered' }
    }
    const body = toText(bytes)
    const asked = body.kind === 'text' ? readPlain(body.text) : undefined
    const compiled = asked && room.current().findCompiled(asked.query, asked.operationName)
    if (!asked || !compiled || compiled.kind === 'subscription') return { kind: 'read', body }
    // What is deferred is sent in parts to who takes it so, by the other door.
    if (compiled.incremental && readStreamFormat(caller.headers.accept)?.parts) return { kind: 'read', body }

    const operation = visit.begin(identity)
    operation.operationName = compiled.name
    const answer = await answerOf(compiled, { asked, text: body.kind === 'text' ? body.text : '', operation })
    const isFlat = 'bytes' in answer
    if (operation.hasTimedOut || (!isFlat && answer.errors)) {
      // Flat answers are JSON, and have no errors.
      operation.result = isFlat ? JSON.parse(answer.bytes.toString()) : toResult(answer)
      return { kind: 'ran', body, operation }
    }
    if (!visit.hasLeft) {
      caller.send(isFlat ? answer : `{"data":${answer.data}}\n`, answerType)
      count++
    }
    visit.end()
    return { kind: 'answered' }
  }

  /** Runs it, or joins who asks the same: a request's whole text says what it asks. */
  async function answerOf(compiled: CompiledRequest, { asked, text, operation }: Run): Promise<DoneAnswer> {
    const { generation } = operation
    const run = (context: RequestContext) =>
      compiled.answerBytes({ variables: asked.variables, context, transport: room.transportOf(generation) }, trees)
    if (!flights || compiled.kind !== 'query') return run(operation.context)
    const query = `${numberOf(generation)} ${text}`
    const answer = await flights.join(query, operation.context, async (context) => ofItsOwn(await run(context)))
    // Whoever has left is told nothing, and what has timed out Apollo Server says.
    return answer ?? { data: 'null' }
  }

  /** So that nobody joins what runs on an older graph. */
  function numberOf(generation: Generation): number {
    if (generation !== numbered) {
      numbered = generation
      generationNumber++
    }
    return generationNumber
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

type CompiledRequest = Exclude<CompiledOperation, { kind: 'subscription' }>
type DoneAnswer = Awaited<ReturnType<CompiledRequest['answerBytes']>>
type Run = { asked: Asked; text: string; operation: OperationContext }

/** An answer that several may send: its memory is not lent. */
function ofItsOwn(answer: DoneAnswer): DoneAnswer {
  if (!('bytes' in answer)) return answer
  const bytes = Buffer.from(answer.bytes)
  answer.release()
  return { bytes, release: () => undefined }
}

function hearAbort(signal: CancelSignal, call: () => void): () => void {
  signal.addEventListener('abort', call)
  return () => signal.removeEventListener('abort', call)
}

type Entry = { caller: Caller; answerType: string; identity: Identity | undefined }

function remember<Value>(learned: Map<string, Value>, header: string, value: Value): void {
  if (learned.size < maxLearned && header.length <= maxHeaderLength) learned.set(header, value)
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
