import { parse } from 'graphql'
import type { FetchNode } from '@apollo/query-planner'
import type { ErrorReport, ExecutionState } from './ExecutionState.ts'
import { type FetchShape, fetchShape } from './FetchShape.ts'
import { mergeAnswer } from './mergeAnswer.ts'
import { type Fields, isFields } from './ownField.ts'
import { compilePlanPath, type ResponsePath } from './PlanPath.ts'
import { compileRepresentation } from './Representation.ts'
import { compileRequestBody, type WriteBody } from './RequestBody.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'
import { toErrorReport } from './toErrorReport.ts'
import type { SubgraphResponse } from './Transport.ts'

/** A step of a compiled plan. */
export type Step = (state: ExecutionState) => Promise<void>

export type FetchOptions = {
  /** The path of the `FlattenNode`s around the fetch. */
  path: readonly (string | number)[]
  types: SupergraphTypes
  /** Whether another fetch of the plan may make the very same request. */
  isRepeated: boolean
}

/**
 * Compiles a `FetchNode`: collect what it is about, fill in the request's template, send, merge the answer in place. Never rejects.
 * An entity fetch sends each distinct representation once, and nothing when there is none.
 */
export function compileFetch(node: FetchNode, options: FetchOptions): Step {
  return node.requires ? compileEntityFetch(node, node.requires, options) : compileRootFetch(node, options)
}

/** What became of the answer to a fetch without representations: for the primary of a subscription, whose answers come as events. */
export type TakeAnswer = (state: ExecutionState, response: SubgraphResponse) => void

/** Compiles what {@link compileFetch} does with an answer, for a fetch without representations. */
export function compileTakeAnswer(node: FetchNode, options: FetchOptions): TakeAnswer {
  const fetch = prepare(node, options)
  return (state, response) => takeRootAnswer(fetch, state, { response, targets: [state.root], isFirst: true })
}

function compileRootFetch(node: FetchNode, options: FetchOptions): Step {
  const fetch = prepare(node, options)
  return async (state) => {
    const targets = fetch.place.collect(state.root)
    if (targets.length === 0) return
    const { response, isFirst } = send(fetch, state, fetch.writeBody(state.variables, undefined))
    takeRootAnswer(fetch, state, { response: await response, targets, isFirst })
  }
}

function takeRootAnswer(
  fetch: Prepared,
  state: ExecutionState,
  answer: { response: SubgraphResponse; targets: readonly Fields[]; isFirst: boolean },
): void {
  const { response, targets, isFirst } = answer
  const { shape } = fetch
  if (response.kind === 'failure') return fail(fetch, state, { response, targets, isFirst })
  const { data, errors } = response
  if (data) for (const target of targets) mergeAnswer(target, data, shape, fetch)
  else state.failures.push({ kind: 'fetch', targets, shape })
  if (!errors) return
  const [first] = targets
  const place = (first && fetch.place.locate(state.root).get(first)) ?? []
  for (const error of errors) {
    const path = error.path && treePath(error.path, shape)
    if (path && path.length > 0) state.failures.push({ kind: 'field', targets, path })
    else for (const { name } of shape.fields) state.failures.push({ kind: 'field', targets, path: [name] })
    if (isFirst) state.reports.push(reportOf(fetch, error, { place, path, shape }))
  }
}

function compileEntityFetch(node: FetchNode, requires: NonNullable<FetchNode['requires']>, options: FetchOptions): Step {
  const fetch = prepare(node, options)
  const shape = fetch.shape.fields[0]?.shape
  if (!shape || fetch.shape.fields.length !== 1) throw new Error('Expected an entity fetch to select _entities alone')
  const write = compileRepresentation({
    requires,
    rewrites: node.inputRewrites ?? [],
    subgraph: node.serviceName,
    types: options.types,
  })
  return async (state) => {
    const entities: Fields[] = []
    const indexes: number[] = []
    const indexByText = new Map<string, number>()
    for (const entity of fetch.place.collect(state.root)) {
      const text = write(entity)
      if (text === undefined) {
        state.failures.push({ kind: 'skipped', entity, requires, shape })
        continue
      }
      let index = indexByText.get(text)
      if (index === undefined) {
        index = indexByText.size
        indexByText.set(text, index)
      }
      entities.push(entity)
      indexes.push(index)
    }
    if (entities.length === 0) return
    const representations = `[${[...indexByText.keys()].join(',')}]`
    const { response: pending, isFirst } = send(fetch, state, fetch.writeBody(state.variables, representations))
    const response = await pending
    const entityFetch = { ...fetch, shape }
    if (response.kind === 'failure') return fail(entityFetch, state, { response, targets: entities, isFirst })
    const received = response.data?._entities
    const isMalformed = response.data !== null && !isEntityList(received, indexByText.size)
    if (isMalformed && !(received === null && response.errors)) {
      const expected = `${indexByText.size} ${indexByText.size === 1 ? 'entity' : 'entities'}`
      const message = `The subgraph ${node.serviceName} did not answer with the ${expected} that it was asked for`
      const malformed = { kind: 'failure', code: 'SUBREQUEST_MALFORMED_RESPONSE', message } as const
      return fail(entityFetch, state, { response: malformed, targets: entities, isFirst })
    }
    if (isEntityList(received, indexByText.size)) {
      for (const [i, entity] of entities.entries()) {
        const source = received[indexes[i] ?? 0]
        if (source) mergeAnswer(entity, source, shape, fetch)
      }
    } else {
      state.failures.push({ kind: 'fetch', targets: entities, shape })
    }
    if (!response.errors) return undefined
    const places = fetch.place.locate(state.root)
    for (const error of response.errors) {
      const [field, index, ...rest] = error.path ?? []
      const isPlaced = field === '_entities' && typeof index === 'number' && index < indexByText.size
      const targets = isPlaced ? entities.filter((_, i) => indexes[i] === index) : entities
      const path = isPlaced ? treePath(rest, shape) : undefined
      const entity = isPlaced && isEntityList(received, indexByText.size) ? received[index] : undefined
      if (path && path.length > 0 && entity) state.failures.push({ kind: 'field', targets, path })
      else state.failures.push({ kind: 'fetch', targets, shape })
      const [first] = targets
      const place = (first && places.get(first)) ?? []
      if (isFirst) state.reports.push(reportOf(fetch, error, { place, path, shape }))
    }
    return undefined
  }
}

type Prepared = {
  subgraph: string
  operation: 'query' | 'mutation'
  place: ReturnType<typeof compilePlanPath>
  shape: FetchShape
  writeBody: WriteBody
  types: SupergraphTypes
  copy: boolean
}

function prepare(node: FetchNode, options: FetchOptions): Prepared {
  return {
    subgraph: node.serviceName,
    operation: node.operationKind === 'mutation' ? 'mutation' : 'query',
    place: compilePlanPath(options.path),
    shape: fetchShape(parse(node.operation, { noLocation: true }), node.outputRewrites ?? []),
    writeBody: compileRequestBody(node),
    types: options.types,
    copy: options.isRepeated,
  }
}

/** Sends a request, or joins the same request of another fetch: `isFirst` says who reports what goes wrong with it. */
function send(
  fetch: Prepared,
  state: ExecutionState,
  body: string,
): { response: Promise<SubgraphResponse>; isFirst: boolean } {
  const request = { subgraph: fetch.subgraph, operation: fetch.operation, body }
  if (!fetch.copy) return { response: state.transport.execute(request, state.context), isFirst: true }
  const key = `${fetch.subgraph}\n${body}`
  const sent = state.sent.get(key)
  if (sent) return { response: sent, isFirst: false }
  const response = state.transport.execute(request, state.context)
  state.sent.set(key, response)
  return { response, isFirst: true }
}

/** One failed request: one error, and its fields missing wherever they were to go. */
function fail(
  fetch: Prepared,
  state: ExecutionState,
  options: {
    response: Extract<SubgraphResponse, { kind: 'failure' }>
    targets: readonly Fields[]
    isFirst: boolean
  },
): void {
  const { response, targets, isFirst } = options
  state.failures.push({ kind: 'fetch', targets, shape: fetch.shape })
  if (!isFirst) return
  const [first] = targets
  state.reports.push({
    message: response.message,
    extensions: { ...response.extensions, code: response.code, service: fetch.subgraph },
    path: (first && fetch.place.locate(state.root).get(first)) ?? [],
    fields: fetch.shape.fields.map(({ name }) => name),
  })
}

function reportOf(
  fetch: Prepared,
  error: Parameters<typeof toErrorReport>[0],
  where: { place: ResponsePath; path: ResponsePath | undefined; shape: FetchShape },
): ErrorReport {
  const isWhole = !where.path || where.path.length === 0
  return toErrorReport(error, {
    subgraph: fetch.subgraph,
    path: [...where.place, ...(where.path ?? [])],
    ...(isWhole && { fields: where.shape.fields.map(({ name }) => name) }),
  })
}

/** A path in a subgraph's answer as a path in the tree: invented aliases renamed, cut off where it leaves what was asked for. */
function treePath(path: ResponsePath, shape: FetchShape): ResponsePath {
  const renamed: (string | number)[] = []
  let current: FetchShape | undefined = shape
  for (const part of path) {
    if (typeof part === 'number') {
      renamed.push(part)
      continue
    }
    const field: FetchShape['fields'][number] | undefined = current?.fields.find((one) => one.sourceName === part)
    if (!field) break
    renamed.push(field.name)
    current = field.shape
  }
  return renamed
}

function isEntityList(value: unknown, length: number): value is (Fields | null)[] {
  return Array.isArray(value) && value.length === length && value.every((item) => item === null || isFields(item))
}
