import { getNullableType, isEnumType, isLeafType, isListType, isNonNullType } from 'graphql'
import type { SubgraphResponse } from '../../gateway/src/executor/Transport.ts'
import type { Exchange } from './createMemoryTransport.ts'
import { listPositions, type Position } from './listPositions.ts'
import { pick, type Random, randomOf } from './Random.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { swapTelling } from './swapTelling.ts'

/** What a faulty subgraph did. */
export type Fault = {
  kind: FaultKind
  subgraph: string
  /** The message of the error that came with it, if one did. */
  message: string | undefined
  /** Names of fields, as the schema and as the answer calls them, that are spoilt; undefined when all are. */
  spoilt: ReadonlySet<string> | undefined
}

export type FaultKind = (typeof kinds)[number]

const kinds = [
  'failure',
  'null',
  'noPath',
  'errorAtPath',
  'errorBeside',
  'silentNull',
  'wrongType',
  'wrongLength',
  'wrongOrder',
] as const

/** Spoils a share of the answers, always the same ones for the same seed. */
export function injectFaults(
  graph: SubgraphGraph,
  { seed, share }: { seed: number; share: number },
): { spoil(exchange: Exchange): { response: SubgraphResponse; fault: Fault | undefined } } {
  return {
    spoil(exchange) {
      const { request, response } = exchange
      const random = randomOf(`${seed} ${request.subgraph} ${request.body}`)
      if (random() >= share) return { response, fault: undefined }
      const kind = pick(random, kinds)
      const message = `Fault ${Math.floor(random() * 1e9)}`
      return spoilAnswer(graph, exchange, { kind, message, random }) ?? { response, fault: undefined }
    },
  }
}

type Spoilt = { response: SubgraphResponse; fault: Fault }

function spoilAnswer(
  graph: SubgraphGraph,
  exchange: Exchange,
  { kind, message, random }: { kind: FaultKind; message: string; random: Random },
): Spoilt | undefined {
  const { request, response } = exchange
  const { subgraph } = request
  const whole = { kind, subgraph, message, spoilt: undefined }
  const positions = listPositions(exchange).filter(({ field }) => field !== '_entities')
  const { data } = response
  const pickPosition = (isFit: (position: Position) => boolean) => {
    const fit = positions.filter((position) => position.holder[position.key] !== null && isFit(position))
    return fit.length > 0 ? pick(random, fit) : undefined
  }
  switch (kind) {
    case 'failure':
      return { response: { kind: 'failure', code: 'SUBREQUEST_HTTP_ERROR', message }, fault: whole }
    case 'null':
      return { response: { kind: 'answer', data: null, errors: [{ message }] }, fault: whole }
    case 'noPath':
      return { response: { ...response, errors: [{ message }] }, fault: whole }
    case 'errorAtPath': {
      // A subgraph that is given null for what it requires cannot know that there was an error.
      const position = pickPosition((one) => !isTakenBySubgraphs(graph, one))
      if (!position) return undefined
      const nulled = nullAt(position)
      const path = [...position.path]
      if (!nulled) return { response: { kind: 'answer', data: null, errors: [{ message, path }] }, fault: whole }
      return { response: { ...response, errors: [{ message, path }] }, fault: { ...whole, spoilt: nulled } }
    }
    case 'errorBeside': {
      const position = pickPosition(() => true)
      return (
        position && {
          response: { ...response, errors: [{ message, path: [...position.path] }] },
          fault: { ...whole, spoilt: namesIn(position) },
        }
      )
    }
    case 'silentNull': {
      const position = pickPosition((one) => isNonNullType(one.type) && isNonNullForClients(graph, one))
      if (!position) return undefined
      const spoilt = namesIn(position)
      position.holder[position.key] = null
      return { response, fault: { ...whole, message: undefined, spoilt } }
    }
    case 'wrongType': {
      const position = pickPosition((one) => !isTakenBySubgraphs(graph, one) && wrongValue(one) !== undefined)
      if (!position) return undefined
      const spoilt = namesIn(position)
      position.holder[position.key] = wrongValue(position)
      return { response, fault: { ...whole, message: undefined, spoilt } }
    }
    case 'wrongLength': {
      const entities = data?._entities
      if (!Array.isArray(entities) || !exchange.variables.representations) return undefined
      if (random() < 0.5) entities.pop()
      else entities.push(entities[0])
      return { response, fault: { ...whole, message: undefined } }
    }
    case 'wrongOrder': {
      if (!swapTelling(graph, exchange, random)) return undefined
      return { response, fault: { ...whole, message: undefined } }
    }
    default:
      return kind satisfies never
  }
}

/** Puts null where the schema allows it, at the value or above it. Gives what it has taken away; undefined when that is all. */
function nullAt(position: Position): ReadonlySet<string> | undefined {
  for (let place: Position | undefined = position; place; place = place.above) {
    if (isNonNullType(place.type)) continue
    const names = namesIn(place)
    place.holder[place.key] = null
    return names
  }
  return undefined
}

/** The names of the field that has the value, and of all fields in it. */
function namesIn({ holder, key, field, path }: Position): ReadonlySet<string> {
  const names = new Set([field, ...path.filter((part) => typeof part === 'string').slice(-1)])
  const pending: unknown[] = [holder[key]]
  for (let value = pending.pop(); pending.length > 0 || value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) for (const name of Object.keys(value)) names.add(name)
    pending.push(...Object.values(value))
  }
  return names
}

/** Whether clients, too, are told that this is never null. */
function isNonNullForClients(graph: SubgraphGraph, position: Position): boolean {
  const { typename, field, key } = position
  if (typeof key === 'number' || isTakenBySubgraphs(graph, position)) return false
  return graph.concreteTypes(typename).every((type) => graph.field(type, field).isNonNullEverywhere)
}

/** Whether other subgraphs are given this value, as part of a key or required: they have to believe it. */
function isTakenBySubgraphs(graph: SubgraphGraph, { typename, field }: Position): boolean {
  return graph
    .concreteTypes(typename)
    .some((type) => Object.hasOwn(graph.keys[type] ?? {}, field) || graph.field(type, field).nullsRequired)
}

/** A value that no reader can take for one of the type. */
function wrongValue({ type }: Position): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return { a: 1 }
  if (!isLeafType(nullable)) return 'text'
  if (isEnumType(nullable)) return 'NO_SUCH_VALUE'
  switch (nullable.name) {
    case 'Int':
    case 'Float':
      return '1'
    case 'String':
      return 1
    case 'Boolean':
      return 'true'
    case 'ID':
      return { id: 1 }
    default:
      return undefined
  }
}
